/** Requests as data: what is asked of an API server, whichever it is. */

// biome-ignore lint/suspicious/noExplicitAny: bodies of every kind, built and read by whoever knows what was asked
export type Body = any;

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** `admin` may do all, `stranger` nothing, `nobody` sends no token, `impostor` one that nobody has. */
export type Who = 'admin' | 'stranger' | 'nobody' | 'impostor';

/** Raw bodies of the answers so far, by the name of their step. */
export type Seen = Readonly<Record<string, Body>>;

export interface Request {
  readonly method: string;
  readonly path: string;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly as?: Who;
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** Texts of the Warning headers. */
  readonly warnings: readonly string[];
  readonly retryAfter: string | null;
  /** Parsed JSON; the text itself when it is none. */
  readonly body: Body;
}

export interface Step {
  readonly request: Request | ((seen: Seen) => Request);
  /** Not compared: something that must be there first. A refusal fails the sequence. */
  readonly isGiven?: boolean;
  /** Asked again until it holds: what controllers do takes its time. */
  readonly until?: (body: Body, status: number) => boolean;
  /** Fields that are not compared, each with the reason. A path as in `status.conditions`. */
  readonly aside?: Readonly<Record<string, string>>;
  /** What to look at instead of the whole body. */
  readonly look?: (body: Body) => unknown;
  /** A watch: opened, then these are done, then as many events as this are read. */
  readonly during?: Readonly<Record<string, Step>>;
  readonly events?: number;
}

export interface Sequence {
  /** Unique; also names its namespace, `c-<name>`. */
  readonly name: string;
  /** `pods`: nodes that run them. `published`: the published schemas of custom resources. */
  readonly needs?: readonly ('pods' | 'published')[];
  /** Keys name the steps, in their order. */
  readonly steps: (namespace: string) => Readonly<Record<string, Step>>;
}

export interface Subject {
  /** Names the golden file. */
  readonly name: string;
  readonly sequences: readonly Sequence[];
}

export const namespaceOf = (sequence: Sequence): string => `c-${sequence.name}`;

type Ask = Partial<Omit<Step, 'request'>> & Partial<Pick<Request, 'contentType' | 'as'>>;

const ask = (method: string, path: string, body: unknown, more: Ask): Step => {
  const { contentType, as, ...step } = more;
  return {
    request: {
      method,
      path,
      ...(body !== undefined && { body }),
      ...(contentType !== undefined && { contentType }),
      ...(as !== undefined && { as }),
    },
    ...step,
  };
};

export const get = (path: string, more: Ask = {}): Step => ask('GET', path, undefined, more);
export const post = (path: string, body: unknown, more: Ask = {}): Step => ask('POST', path, body, more);
export const put = (path: string, body: unknown, more: Ask = {}): Step => ask('PUT', path, body, more);
export const remove = (path: string, body?: unknown, more: Ask = {}): Step => ask('DELETE', path, body, more);
export const patch = (path: string, body: unknown, more: Ask = {}): Step =>
  ask('PATCH', path, body, { contentType: JSON_PATCH, ...more });
export const merge = (path: string, body: unknown, more: Ask = {}): Step =>
  ask('PATCH', path, body, { contentType: MERGE_PATCH, ...more });
export const strategic = (path: string, body: unknown, more: Ask = {}): Step =>
  ask('PATCH', path, body, { contentType: STRATEGIC_PATCH, ...more });
export const apply = (path: string, body: unknown, more: Ask = {}): Step =>
  ask('PATCH', path, body, { contentType: APPLY_PATCH, ...more });

/** A request that is made of earlier answers. */
export const seenFirst = (make: (seen: Seen) => Step, more: Ask = {}): Step => ({
  request: (seen) => {
    const { request } = make(seen);
    return typeof request === 'function' ? request(seen) : request;
  },
  ...more,
});

export const given = (step: Step): Step => ({ ...step, isGiven: true });

export const watch = (
  path: string,
  during: Readonly<Record<string, Step>>,
  events: number,
  more: Ask = {},
): Step => get(path, { during, events, ...more });

/** `/apis/apps/v1/namespaces/x/deployments/y`. */
export const at = (
  apiVersion: string,
  namespace: string | null,
  plural: string,
  name?: string,
  part?: string,
): string =>
  [
    apiVersion.includes('/') ? '/apis' : '/api',
    apiVersion,
    ...(namespace === null ? [] : ['namespaces', namespace]),
    plural,
    ...(name === undefined ? [] : [name]),
    ...(part === undefined ? [] : [part]),
  ].join('/');
