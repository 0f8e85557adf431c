/** What Argo CD, Flux or Helm must be told so that exactly the fields which are ours stay as they are. Pure text. */
import type { PlanSettings } from './facts.ts';
import type { Owned } from './ground.ts';

export type Tool = 'argo' | 'kustomization' | 'helm-release' | 'helm';

/** The tool by the words that name an owner. */
export const toolOf = (owner: string): Tool =>
  owner.startsWith('Argo CD')
    ? 'argo'
    : owner.startsWith('Flux (Kustomization')
      ? 'kustomization'
      : owner.startsWith('Flux')
        ? 'helm-release'
        : 'helm';

type Settings = Pick<PlanSettings, 'route' | 'namespace' | 'template' | 'target'>;

const ROUTE_MARKS = ['rollout', 'plan-digest', 'step', 'token', 'stable', 'plain'];
const annotation = (name: string): string => `/metadata/annotations/dabbawala.dev~1${name}`;
/** Ours on the route end in the service's name. */
const routeMarks = ({ target }: Settings): readonly string[] =>
  ROUTE_MARKS.map((mark) => annotation(`${mark}.${target.service}`));
/** Of the plain Deployment: an adoption scales it to 0 and marks it. */
const DEPLOYMENT_PATHS = ['/spec/replicas', annotation('original'), annotation('version')];

const GROUPS: Readonly<Record<Owned['kind'], string>> = {
  Deployment: 'apps',
  VirtualService: 'networking.istio.io',
  DestinationRule: 'networking.istio.io',
  HorizontalPodAutoscaler: 'autoscaling',
  ScaledObject: 'keda.sh',
};
/** Of an autoscaler: its minimum while a rollout lives, whom it scales after one. */
const scalerPaths = (minimum: string): readonly string[] => [
  `/spec/${minimum}`,
  '/spec/scaleTargetRef/name',
  ...['floor-of', 'floor', 'own-minimum'].map(annotation),
];
/** Of what is ignored by pointer, whichever tool it is. */
const POINTERS: Readonly<Partial<Record<Owned['kind'], readonly string[]>>> = {
  Deployment: DEPLOYMENT_PATHS,
  HorizontalPodAutoscaler: scalerPaths('minReplicas'),
  ScaledObject: scalerPaths('minReplicaCount'),
};

const lines = (key: string, values: readonly string[], indent: string): readonly string[] =>
  values.length === 0 ? [] : [`${indent}${key}:`, ...values.map((value) => `${indent}- ${quoted(value)}`)];
/** YAML in single quotes: nothing in it is read as anything else. */
const quoted = (value: string): string =>
  /^[A-Za-z0-9/~._-]+$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;

const isColour = ({ target }: Settings, { kind, name }: Owned): boolean =>
  kind === 'Deployment' && (name === `${target.service}-blue` || name === `${target.service}-green`);

/** The two weights alone, however the object spells the host: other routes and destinations of it stay Git's. */
const weightPath = ({ route }: Settings): string =>
  `.spec.http[]?.route[]? | select((.destination.host | split(".")[0]) == "${route.host.split('.')[0]}" and (.destination.subset == "blue" or .destination.subset == "green")) | .weight`;

function argoRule(settings: Settings, { kind, name }: Owned): readonly string[] {
  const head = [
    `  - group: ${GROUPS[kind]}`,
    `    kind: ${kind}`,
    `    name: ${name}`,
    `    namespace: ${settings.namespace}`,
  ];
  if (kind === 'VirtualService')
    return [
      ...head,
      ...lines('jqPathExpressions', [weightPath(settings)], '    '),
      ...lines('jsonPointers', routeMarks(settings), '    '),
    ];
  if (kind === 'DestinationRule')
    return [
      ...head,
      ...lines(
        'jqPathExpressions',
        ['.spec.subsets[]? | select(.name == "blue" or .name == "green")'],
        '    ',
      ),
    ];
  return [...head, ...lines('jsonPointers', POINTERS[kind] ?? [], '    ')];
}

/** Flux ignores by JSON pointer alone, which cannot pick a destination of a list: the list is ignored whole. */
const pointersOf = (settings: Settings, { kind }: Owned): readonly string[] =>
  kind === 'VirtualService'
    ? ['/spec/http', ...routeMarks(settings)]
    : kind === 'DestinationRule'
      ? ['/spec/subsets']
      : (POINTERS[kind] ?? []);

const fluxRule = (settings: Settings, owned: Owned, indent: string): readonly string[] => [
  `${indent}- target:`,
  `${indent}    kind: ${owned.kind}`,
  `${indent}    name: ${owned.name}`,
  ...lines('paths', pointersOf(settings, owned), `${indent}  `),
];

const BLOCKS: Readonly<
  Record<Tool, (settings: Settings, owner: string, owned: readonly Owned[]) => readonly string[]>
> = {
  argo: (settings, owner, owned) => [
    `# ${owner}`,
    'spec:',
    '  syncPolicy:',
    '    syncOptions:',
    '    - RespectIgnoreDifferences=true',
    '  ignoreDifferences:',
    ...owned.flatMap((each) => argoRule(settings, each)),
  ],
  kustomization: (settings, owner, owned) => [
    `# ${owner}; before Flux 2.9 (no spec.ignore) annotate each object in Git instead:`,
    '#   kustomize.toolkit.fluxcd.io/ssa: IfNotPresent',
    'spec:',
    '  ignore:',
    ...owned.flatMap((each) => fluxRule(settings, each, '  ')),
  ],
  'helm-release': (settings, owner, owned) => [
    `# ${owner}; an upgrade still writes what the chart says`,
    'spec:',
    '  driftDetection:',
    '    mode: enabled',
    '    ignore:',
    ...owned.flatMap((each) => fluxRule(settings, each, '    ')),
  ],
  helm: (settings, owner, owned) => [
    `# ${owner}: let the chart leave these out, or render what is live (lookup)`,
    ...owned.flatMap((each) => [`# ${each.kind} ${each.name}`, ...pointersOf(settings, each)]),
  ],
};

/** One block per owner. A colour is made and deleted by the bot: no rule helps, it must leave Git. */
export function ignoreSnippet(settings: Settings, owned: readonly Owned[]): string {
  const colours = owned.filter((each) => isColour(settings, each));
  const rest = owned.filter((each) => !isColour(settings, each));
  const blocks = [...new Set(rest.map(({ owner }) => owner))].map((owner) =>
    BLOCKS[toolOf(owner)](
      settings,
      owner,
      rest.filter((each) => each.owner === owner),
    ),
  );
  const leave = colours.map(
    ({ name, owner }) => `# ${owner}: take Deployment ${name} out of Git, without pruning it`,
  );
  return [...blocks.map((block) => block.join('\n')), ...(leave.length > 0 ? [leave.join('\n')] : [])].join(
    '\n\n',
  );
}
