/**
 * What the shape alone cannot say: references between keys, and values that depend on one another. Works on a file that
 * has faults of shape too, so that all faults are shown at once: whatever it cannot read it takes as absent.
 */
import * as z from 'zod';

export interface CrossFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const list = z.array(z.unknown()).catch([]);
const names = z.array(z.string()).catch([]);
const people = z.looseObject({ users: list, groups: list, emails: list });
const policy = z.looseObject({ needed: z.number().catch(1), approvers: people.catch(people.parse({})) });
const record = <T extends z.ZodType>(value: T) => z.record(z.string(), value).catch({});
const named = (key: 'id' | 'name') =>
  z.array(z.looseObject({ [key]: z.string().catch('') }).catch({ [key]: '' })).catch([]);

const rules = z.looseObject({ own: named('id') });
const service = z.looseObject({
  short: names,
  environments: names,
  steps: z.array(z.number()).catch([100]),
  rules: rules.catch({ own: [] }),
  probes: named('name'),
  approval: record(policy.optional().catch(undefined)),
  analysis: z.looseObject({ lowTraffic: z.unknown() }).catch({ lowTraffic: 'wait' }),
});
const environment = z.looseObject({ production: z.boolean().catch(false), clusters: names });
const cluster = z.looseObject({ region: z.string().nullable().catch(null) });

const skeleton = z.looseObject({
  clusters: record(cluster.catch(cluster.parse({}))),
  environments: record(environment.catch(environment.parse({}))),
  defaultEnvironment: z.string().optional().catch(undefined),
  approval: policy.catch(policy.parse({})),
  services: record(service.catch(service.parse({}))),
});
type Skeleton = z.output<typeof skeleton>;
type ServiceBones = Skeleton['services'][string];

export function crossFaults(config: unknown): readonly CrossFault[] {
  const read = skeleton.safeParse(config);
  if (!read.success) return [];
  const bones = read.data;
  return [
    ...environmentFaults(bones),
    ...nameFaults(bones),
    ...Object.entries(bones.services).flatMap(([name, own]) => [...serviceFaults(name, own, bones)]),
  ];
}

function* environmentFaults({ environments, clusters, defaultEnvironment }: Skeleton): Generator<CrossFault> {
  for (const [name, own] of Object.entries(environments)) {
    for (const [index, wanted] of own.clusters.entries())
      if (!clusters[wanted])
        yield {
          path: ['environments', name, 'clusters', index],
          message: `no cluster "${wanted}" under clusters`,
        };
    const regions = own.clusters.map((wanted) => clusters[wanted]?.region ?? null);
    const isAmbiguous = regions.includes(null) || new Set(regions).size < regions.length;
    if (own.clusters.length > 1 && isAmbiguous)
      yield {
        path: ['environments', name, 'clusters'],
        message: 'several clusters need regions of different names',
      };
  }
  if (defaultEnvironment !== undefined && !environments[defaultEnvironment])
    yield { path: ['defaultEnvironment'], message: `no environment "${defaultEnvironment}"` };
}

/** A word that people type means one service. */
function* nameFaults({ services }: Skeleton): Generator<CrossFault> {
  const owners = new Map(Object.keys(services).map((name) => [name, name]));
  for (const [name, { short }] of Object.entries(services))
    for (const [index, word] of short.entries()) {
      const owner = owners.get(word);
      if (owner !== undefined && owner !== name)
        yield { path: ['services', name, 'short', index], message: `"${word}" already means ${owner}` };
      owners.set(word, name);
    }
}

function* serviceFaults(name: string, own: ServiceBones, bones: Skeleton): Generator<CrossFault> {
  const at = (...path: readonly (string | number)[]) => ['services', name, ...path];
  for (const [index, wanted] of own.environments.entries())
    if (!bones.environments[wanted])
      yield { path: at('environments', index), message: `no environment "${wanted}"` };
  const isRising = own.steps.every((step, index) => index === 0 || step > (own.steps[index - 1] ?? 0));
  if (own.steps.at(-1) !== 100 || !isRising)
    yield { path: at('steps'), message: 'steps must rise and end in 100' };
  const ids = ['error_rate', 'p95', ...own.rules.own.map(({ id }) => id)].filter((id) => id !== '');
  if (new Set(ids).size < ids.length)
    yield { path: at('rules', 'own'), message: 'rule ids must differ (error_rate and p95 are taken)' };
  const probes = own.probes.map((probe) => probe.name).filter((probe) => probe !== '');
  if (new Set(probes).size < probes.length) yield { path: at('probes'), message: 'probe names must differ' };
  yield* approvalFaults(name, own, bones);
}

function* approvalFaults(name: string, own: ServiceBones, bones: Skeleton): Generator<CrossFault> {
  for (const wanted of own.environments) {
    const key = own.approval[wanted] ? wanted : own.approval.default ? 'default' : null;
    const { needed, approvers } = (key === null ? null : own.approval[key]) ?? bones.approval;
    const path = key === null ? ['approval'] : ['services', name, 'approval', key];
    const count = approvers.users.length + approvers.groups.length + approvers.emails.length;
    if (needed === 0 && bones.environments[wanted]?.production)
      yield {
        path: [...path, 'needed'],
        message: `${name} in ${wanted} is production: at least one approver is needed`,
      };
    if (needed > 0 && count === 0)
      yield {
        path: [...path, 'approvers'],
        message: `nobody could approve ${name} in ${wanted}: name users, groups or emails`,
      };
    if (needed === 0 && count === 0 && own.analysis.lowTraffic === 'approve')
      yield {
        path: ['services', name, 'analysis', 'lowTraffic'],
        message: `nobody could let ${name} in ${wanted} go on without evidence: name approvers, or say wait`,
      };
    if (needed > 0 && approvers.groups.length === 0 && count > 0 && count < needed)
      yield {
        path: [...path, 'needed'],
        message: `${name} in ${wanted} needs ${needed} approvers and only ${count} are named`,
      };
  }
}

const NEEDS = {
  podHttp: ['path', 'port'],
  job: ['command'],
  promql: ['query', 'op', 'value'],
  tcp: ['host', 'port'],
} as const;

/** Keys that a probe of this kind must have and has not. */
export function probeNeeds(probe: unknown): readonly string[] {
  const { kind, ...keys } = z
    .looseObject({ kind: z.string().catch('') })
    .catch({ kind: '' })
    .parse(probe);
  const needs: readonly string[] = Object.hasOwn(NEEDS, kind) ? NEEDS[kind as keyof typeof NEEDS] : [];
  return needs.filter((key) => keys[key] === undefined);
}
