/** Changes the configuration that the world gives its bot, and adds services that need no load. */
import { parse, stringify } from 'yaml';
import { WORLD } from '../../../sandbox/contract.ts';
import type { AnyWorld } from '../../../sandbox/world/world.ts';

export interface ServiceDoc {
  short?: string[];
  steps?: number[];
  times: Record<string, string>;
  analysis: Record<string, unknown>;
  rules: { own: { id: string; query: string }[] };
  probes: { name: string }[];
  approval?: Record<string, object>;
  [key: string]: unknown;
}

export interface ConfigDoc {
  slack: Record<string, unknown>;
  services: Record<string, ServiceDoc>;
  [key: string]: unknown;
}

export const APPROVERS = { groups: ['S0APPROVE'] };

/** Slack without limits, for tests in which they are not the point. */
export const NO_LIMITS = { postIntervalMs: 0, postBurst: 1000, tier3PerMinute: 100_000 };

/** For `startWorld({ editConfig })`: messages are not paced, two steps, then what `change` does. */
export const edited =
  (change: (config: ConfigDoc) => void = () => undefined) =>
  (text: string): string => {
    // What the text has once by an anchor is here once per service.
    const config = JSON.parse(JSON.stringify(parse(text))) as ConfigDoc;
    config.slack = { ...config.slack, postIntervalMs: 0, editIntervalMs: 0, editsPerMinute: 10_000 };
    for (const service of Object.values(config.services)) service.steps = [25, 100];
    change(config);
    return stringify(config);
  };

export const serviceOf = (config: ConfigDoc, name: string): ServiceDoc => {
  const found = config.services[name];
  if (!found) throw new Error(`no service ${name} in the configuration`);
  return found;
};

const MODEL = 'ledger';

/** A service that is configured like the ledger and runs its images. */
export function addService(config: ConfigDoc, name: string, change: Partial<ServiceDoc> = {}): void {
  const model = structuredClone(serviceOf(config, MODEL));
  config.services[name] = { ...model, short: [], ...change };
}

export const paths = (service: string) => {
  const deployments = `/apis/apps/v1/namespaces/${WORLD.namespace}/deployments`;
  const mesh = `/apis/networking.istio.io/v1/namespaces/${WORLD.namespace}`;
  return {
    template: `${deployments}/${service}`,
    blue: `${deployments}/${service}-blue`,
    green: `${deployments}/${service}-green`,
    service: `/api/v1/namespaces/${WORLD.namespace}/services/${service}`,
    rule: `${mesh}/destinationrules/${service}`,
    route: `${mesh}/virtualservices/${service}`,
  };
};

export interface Loose {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels?: object; annotations?: object };
  // biome-ignore lint/suspicious/noExplicitAny: objects of five kinds, changed by hand in tests
  spec: any;
}

/** The ledger's object at the path, under another name and as if it had just been written. */
function copyOf(world: AnyWorld, path: string, name: string): Loose {
  const { apiVersion, kind, metadata, spec } = world.cluster.read(path) as unknown as Loose;
  const { name: own, namespace, labels = {}, annotations = {} } = metadata;
  const plain = { apiVersion, kind, metadata: { name: own, namespace, labels, annotations }, spec };
  const renamed = JSON.stringify(plain)
    .replaceAll(MODEL, name)
    .replaceAll(`tiffin/${name}`, `tiffin/${MODEL}`);
  const copy = JSON.parse(renamed) as Loose;
  if (kind === 'Service')
    for (const key of Object.keys(copy.spec)) if (/^(clusterIP|ip)/.test(key)) delete copy.spec[key];
  return copy;
}

/** Puts the objects of a service into the cluster, as adoption leaves them unless `change` says otherwise. */
export async function seedService(
  world: AnyWorld,
  name: string,
  change: (objects: { template: Loose; live: Loose; route: Loose }) => void = () => undefined,
): Promise<void> {
  const at = paths(MODEL);
  const template = copyOf(world, at.template, name);
  const live = copyOf(world, at.blue, name);
  const route = copyOf(world, at.route, name);
  change({ template, live, route });
  world.cluster.seed([template, live, copyOf(world, at.service, name), copyOf(world, at.rule, name), route]);
  await world.cluster.until(paths(name).blue, (object) => {
    const status = (object as unknown as { status?: { readyReplicas?: number } } | undefined)?.status;
    return status?.readyReplicas === live.spec.replicas;
  });
}
