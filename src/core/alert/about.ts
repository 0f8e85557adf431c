/** Which service of ours an alert is about, by the labels that senders use. Pure. */
import type { AlertGroup } from './alert-group.ts';
import { workloadOfPod } from './fingerprint.ts';

export interface KnownServices {
  readonly services: Readonly<
    Record<string, { readonly short: readonly string[]; readonly environments: readonly string[] }>
  >;
  readonly environments: Readonly<Record<string, { readonly namespace: string }>>;
}

export interface About {
  /** null: it names none of ours. */
  readonly service: string | null;
  /** null: it says none, or none that the service has. */
  readonly environment: string | null;
}

/** The first that names a service of ours decides. */
const SERVICE_LABELS = [
  'service',
  'app',
  'destination_service_name',
  'destination_workload',
  'deployment',
  'workload',
  'app_kubernetes_io_name',
  'container',
  'job',
];
const NAMESPACE_LABELS = ['namespace', 'destination_workload_namespace', 'kubernetes_namespace'];

/** A colour's Deployment is its service's. */
const plainName = (name: string): string => name.toLowerCase().replace(/-(?:blue|green)$/, '');

export function aboutOf({ labels }: Pick<AlertGroup, 'labels'>, known: KnownServices): About {
  const own = (name: string): string => (Object.hasOwn(labels, name) ? (labels[name] ?? '') : '');
  const names = [...SERVICE_LABELS.map(own), workloadOfPod(own('pod'))].filter((name) => name !== '');
  const service = names.map((name) => serviceNamed(name, known)).find((name) => name !== null) ?? null;
  const environments = service === null ? [] : (known.services[service]?.environments ?? []);
  const said = own('environment') || own('env');
  const namespaces = NAMESPACE_LABELS.map(own).filter((name) => name !== '');
  const ofNamespace = environments.filter((environment) =>
    namespaces.includes(known.environments[environment]?.namespace ?? ''),
  );
  // One namespace may stand for several environments: then it says none.
  const found = environments.includes(said) ? said : ofNamespace.length === 1 ? ofNamespace[0] : undefined;
  return { service, environment: found ?? (environments.length === 1 ? (environments[0] ?? null) : null) };
}

function serviceNamed(name: string, { services }: KnownServices): string | null {
  const plain = plainName(name);
  if (Object.hasOwn(services, plain)) return plain;
  return Object.entries(services).find(([, { short }]) => short.includes(plain))?.[0] ?? null;
}
