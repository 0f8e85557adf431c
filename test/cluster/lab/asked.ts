/** What the bot asked of the server in the whole tier, as RBAC counts it, beside the list of rights that we ship. */
import { type NeededRight, RIGHTS } from '../../../src/adapters/kubernetes/rights.ts';
import type { AuditedRequest } from './audit-log.ts';
import { SERVICES_NAMESPACE } from './bot-account.ts';

/** Optional rights that the shipped Role does not give: asked for all the same, and said on the plan when refused. */
const BEYOND_THE_ROLE: readonly RegExp[] = [
  // Routes of other namespaces that send to the host.
  /^GET \/apis\/networking\.istio\.io\/v1\/virtualservices$/,
  // The mesh's own policy.
  /^GET \/apis\/security\.istio\.io\/v1\/namespaces\/istio-system\/peerauthentications$/,
];

type Request = Pick<AuditedRequest, 'method' | 'path'>;

export const isBeyondTheRole = ({ method, path }: Request): boolean =>
  BEYOND_THE_ROLE.some((pattern) => pattern.test(`${method} ${path}`));

/** `patch apps/deployments`; the core group has no name: `list /pods`. */
export const rightsOf = (rights: readonly Pick<NeededRight, 'apiGroup' | 'resource' | 'verbs'>[]) =>
  rights.flatMap(({ apiGroup, resource, verbs }) => verbs.map((verb) => `${verb} ${apiGroup}/${resource}`));

const NAMED = new Set(rightsOf(RIGHTS));

export interface Asked {
  /** Rights of the list that the server granted a request by. */
  readonly used: ReadonlySet<string>;
  /** Requests that no right of the list covers, each once. */
  readonly outside: readonly string[];
}

/** Of the bot's own code alone: whatever else has its token is a test's hand, which tries what is refused. */
export function summarize(requests: readonly AuditedRequest[]): Asked {
  const used = new Set<string>();
  const outside = new Set<string>();
  for (const request of requests) {
    if (request.userAgent !== 'dabbawala' || isBeyondTheRole(request)) continue;
    const right = `${request.verb} ${request.resource}`;
    const isHere = request.path.includes(`/namespaces/${SERVICES_NAMESPACE}/`);
    if (!NAMED.has(right) || !isHere) outside.add(`${right}: ${request.method} ${request.path}`);
    else if (request.decision === 'allow') used.add(right);
  }
  return { used, outside: [...outside].toSorted() };
}
