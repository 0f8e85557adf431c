/**
 * Every right that the bot uses in a namespace, and why. `deploy/rbac.yaml` is rendered from this list, so that the
 * manifest, the documentation and the hint of a `forbidden` error cannot say different things.
 */

export interface Right {
  /** Empty for the core group. */
  readonly apiGroup: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

export interface NeededRight extends Right {
  readonly why: string;
  /** The bot works without it, with less to show. */
  readonly isOptional: boolean;
}

const need = (
  apiGroup: string,
  resource: string,
  verbs: readonly string[],
  why: string,
  isOptional = false,
): NeededRight => ({ apiGroup, resource, verbs, why, isOptional });

export const RIGHTS: readonly NeededRight[] = [
  need('apps', 'deployments', ['get'], 'read the template and the two colours'),
  need(
    'apps',
    'deployments',
    ['create'],
    'create the candidate (implies the reach of any pod in the namespace, its Secrets included)',
  ),
  need(
    'apps',
    'deployments',
    ['patch'],
    'scale a colour of ours; adoption scales the plain Deployment and its undo sets the image',
  ),
  need('apps', 'deployments', ['delete'], 'remove the idle colour before a new candidate takes its name'),
  need('', 'pods', ['list'], 'see readiness, restarts and image of the candidate, and how a probe Job ended'),
  need(
    '',
    'pods',
    ['get', 'patch', 'delete'],
    'quarantine a pod that Falco saw, and kill it then, each by two people',
    true,
  ),
  need(
    'networking.k8s.io',
    'networkpolicies',
    ['get', 'create'],
    'the one policy that denies everything to quarantined pods',
    true,
  ),
  need('', 'pods/proxy', ['get'], 'podHttp probes: GET on a pod of the candidate'),
  need(
    '',
    'pods/log',
    ['get'],
    'last lines of a probe Job as evidence, and of a sick pod where `alerts.logLines` says so',
    true,
  ),
  need('batch', 'jobs', ['get', 'create'], 'job probes, run from the candidate image'),
  need(
    'networking.istio.io',
    'virtualservices',
    ['get', 'patch'],
    'read and write the two weights and our annotations',
  ),
  need(
    'networking.istio.io',
    'virtualservices',
    ['list'],
    'no candidate before every route to its host names a colour; given for the whole cluster it shows other namespaces too',
    true,
  ),
  need(
    'security.istio.io',
    'peerauthentications',
    ['list'],
    'say before a rollout that podHttp probes cannot pass STRICT mTLS; in istio-system it shows the policy of the mesh',
    true,
  ),
  need(
    '',
    'resourcequotas',
    ['list'],
    'say before a rollout that there is no room for a second set of pods',
    true,
  ),
  need(
    '',
    'events',
    ['list'],
    "say in an alert's thread what the cluster warned of its service's pods",
    true,
  ),
  need(
    '',
    'events',
    ['create'],
    'say on the route that it was rolled back while Redis was away, when no record can be written',
    true,
  ),
  need('networking.istio.io', 'destinationrules', ['list'], 'make sure that subsets blue and green exist'),
  need(
    'networking.istio.io',
    'destinationrules',
    ['create', 'patch'],
    'adopt: create the subsets, or add them to the rule that is there',
  ),
  need(
    '',
    'services',
    ['get'],
    'the Service of the host: which pods it picks, whose endpoints are behind it',
  ),
  need(
    'discovery.k8s.io',
    'endpointslices',
    ['list'],
    'no StatefulSet behind the Service; adopt: every ready endpoint belongs to the one Deployment',
  ),
  need('', 'persistentvolumeclaims', ['get'], 'no volume that one node alone may mount'),
  need(
    'autoscaling',
    'horizontalpodautoscalers',
    ['get', 'list', 'patch'],
    'the autoscaler follows the pods, its minimum keeps them for the way back; nothing but target, minimum and our annotations is written',
  ),
  need(
    'autoscaling',
    'horizontalpodautoscalers',
    ['create', 'delete'],
    "the candidate's own autoscaler, for as long as a rollout runs",
  ),
  need(
    'keda.sh',
    'scaledobjects',
    ['get', 'list', 'patch', 'create', 'delete'],
    'the same for services that KEDA scales',
    true,
  ),
  need(
    'policy',
    'poddisruptionbudgets',
    ['get', 'list', 'patch'],
    'say in the plan which pods are protected; a budget of one colour follows the winner (the colour of its selector is written)',
    true,
  ),
];

const quoted = (words: readonly string[]): string =>
  `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;

/** One rule of a Role, as one line of YAML. */
export const rbacRule = (right: Right): string =>
  `- {apiGroups: ${quoted([right.apiGroup])}, resources: ${quoted([right.resource])}, verbs: ${quoted(right.verbs)}}`;

export interface RbacNames {
  /** Namespaces of the services that the bot delivers. */
  readonly namespaces: readonly string[];
  readonly serviceAccount: string;
  /** Namespace that the bot itself runs in. */
  readonly botNamespace: string;
}

const role = (namespace: string): string =>
  [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: Role',
    'metadata:',
    '  name: dabbawala',
    `  namespace: ${namespace}`,
    'rules:',
    ...RIGHTS.flatMap((right) => [
      `  # ${right.why}${right.isOptional ? ' (optional)' : ''}`,
      `  ${rbacRule(right)}`,
    ]),
  ].join('\n');

const binding = (namespace: string, names: RbacNames): string =>
  [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: RoleBinding',
    'metadata:',
    '  name: dabbawala',
    `  namespace: ${namespace}`,
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    '  kind: Role',
    '  name: dabbawala',
    'subjects:',
    '  - kind: ServiceAccount',
    `    name: ${names.serviceAccount}`,
    `    namespace: ${names.botNamespace}`,
  ].join('\n');

/** The whole of deploy/rbac.yaml: a ServiceAccount, and a Role with its binding per namespace. No cluster-wide right. */
export const renderRbac = (names: RbacNames): string =>
  `${[
    [
      'apiVersion: v1',
      'kind: ServiceAccount',
      'metadata:',
      `  name: ${names.serviceAccount}`,
      `  namespace: ${names.botNamespace}`,
    ].join('\n'),
    ...names.namespaces.flatMap((namespace) => [role(namespace), binding(namespace, names)]),
  ].join('\n---\n')}\n`;
