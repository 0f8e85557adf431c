import type { ResourceRequest } from './request-info.ts';
import { forbidden, forbiddenPath, type StatusError, unauthorized } from './status.ts';

/** Who asks, and may they. One token has every right but those taken away by hand; nobody else has any. */

/** Takes a right away, as a missing line in a Role would. What is left out means every. */
export interface ForbiddenRule {
  readonly verb?: string;
  /** Plural, with its subresource: `deployments`, `pods/proxy`. */
  readonly resource?: string;
  readonly group?: string;
  /** Empty: requests for the whole cluster. */
  readonly namespace?: string;
}

const ANONYMOUS = 'system:anonymous';
/** What system:public-info-viewer lets anyone read. */
const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version'];

/** What system:discovery lets every known user read. */
const DISCOVERY_PATHS = [...PUBLIC_PATHS, '/api', '/apis', '/openapi'];

export class Access {
  readonly #users: ReadonlyMap<string, string>;
  readonly #restrictedUser: string;
  #rules: readonly ForbiddenRule[] = [];

  /** `restrictedUser`: whom the rules hold for; other known users have every right. */
  constructor(users: ReadonlyMap<string, string>, restrictedUser: string) {
    this.#users = users;
    this.#restrictedUser = restrictedUser;
  }

  forbid(rule: ForbiddenRule): void {
    this.#rules = [...this.#rules, rule];
  }

  clear(): void {
    this.#rules = [];
  }

  /** Throws 401 for a token that nobody has; no token is a user too, one without rights. */
  identify(authorization: string | undefined): string {
    if (authorization === undefined) return ANONYMOUS;
    const [, token] = /^Bearer\s+(\S+)$/i.exec(authorization) ?? [];
    const user = token === undefined ? undefined : this.#users.get(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  refuse(user: string, method: string, path: string, request: ResourceRequest | null): StatusError | null {
    if (request === null) {
      const isShut =
        user === this.#restrictedUser && this.#rules.some((rule) => Object.keys(rule).length === 0);
      if (isShut && !DISCOVERY_PATHS.some((open) => path === open || path.startsWith(`${open}/`))) {
        return forbiddenPath(user, method.toLowerCase(), path);
      }
      if (user !== ANONYMOUS || PUBLIC_PATHS.some((open) => path === open || path.startsWith(`${open}/`))) {
        return null;
      }
      return forbiddenPath(user, method.toLowerCase(), path);
    }
    const isRefused =
      user === ANONYMOUS ||
      (user === this.#restrictedUser && this.#rules.some((rule) => takesAway(rule, request)));
    if (!isRefused) return null;
    // A namespace is named by itself in the message.
    const namespace = request.plural === 'namespaces' ? request.name : request.namespace;
    return forbidden({ ...request, user, namespace, name: bareName(request) });
  }
}

function takesAway(rule: ForbiddenRule, request: ResourceRequest): boolean {
  const resource =
    request.subresource === undefined ? request.plural : `${request.plural}/${request.subresource}`;
  return (
    (rule.verb === undefined || rule.verb === request.verb) &&
    (rule.resource === undefined || rule.resource === resource) &&
    (rule.group === undefined || rule.group === request.group) &&
    (rule.namespace === undefined || rule.namespace === (request.namespace ?? ''))
  );
}

function bareName(request: ResourceRequest): string | undefined {
  return request.verb === 'create' && request.subresource === undefined ? undefined : request.name;
}
