/** docs/permissions.md: what the bot may do in Slack and in a cluster, and why. */
import type { NeededRight } from '../../src/adapters/kubernetes/rights.ts';
import { code, page, table } from './markdown.ts';

export interface PermissionsInput {
  readonly scopes: readonly { readonly scope: string; readonly reason: string }[];
  readonly rights: readonly NeededRight[];
}

export const renderPermissions = ({ scopes, rights }: PermissionsInput): string =>
  page(
    'Permissions',
    'Nothing beyond this list is asked for. Both halves are rendered from the code that uses them.',
    '## Slack',
    'Bot token scopes of [manifest.yml](../manifest.yml).',
    table(
      ['Scope', 'What for'],
      scopes.map(({ scope, reason }) => [code(scope), reason]),
    ),
    '## Kubernetes',
    'One Role per namespace of [deploy/rbac.yaml](../deploy/rbac.yaml); no cluster-wide right. Creating Deployments implies reading any Secret of that namespace: see [SECURITY.md](../SECURITY.md).',
    table(
      ['Group', 'Resource', 'Verbs', 'What for'],
      rights.map(({ apiGroup, resource, verbs, why, isOptional }) => [
        code(apiGroup === '' ? 'core' : apiGroup),
        code(resource),
        verbs.map(code).join(', '),
        `${why}${isOptional ? ' (optional)' : ''}`,
      ]),
    ),
  );
