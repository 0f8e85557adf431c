/** What keeps a second set of the same pods from running beside the first. Pure; of deploys and adoptions alike. */
import type { SafetySettings } from '../ground.ts';
import type { GateResult } from '../plan.ts';
import { hasLabels, type Json, list, passed, podLabels, podSpec, record, refused, texts } from './gate.ts';

export function disks(exclusiveClaims: readonly string[]): GateResult {
  return exclusiveClaims.length === 0
    ? passed('volumes', 'no volume that one node alone may mount')
    : refused(
        'volumes',
        `Volume claim ${exclusiveClaims.join(', ')} can be mounted on one node alone (ReadWriteOnce): a second set of pods would wait for ever`,
      );
}

export function hostPorts(template: unknown): GateResult {
  const spec = podSpec(template);
  const ports = [...list(spec['containers']), ...list(spec['initContainers'])]
    .flatMap((container) => list(container['ports']))
    .flatMap((port) => (typeof port['hostPort'] === 'number' ? [port['hostPort']] : []));
  if (ports.length === 0 && spec['hostNetwork'] !== true) return passed('host_ports', 'no port of a node');
  return refused(
    'host_ports',
    `The pods take ${ports.length > 0 ? `hostPort ${ports.join(', ')}` : 'the network of the node'}: a second set of pods would not fit beside them`,
  );
}

/** Keys that differ between the two sets: with one of them in the rule, each set keeps its own pods apart alone. */
const TELLS_APART = ['pod-template-hash', 'dabbawala.dev/colour'];

export function antiAffinity(template: unknown): GateResult {
  const rules = record(record(podSpec(template)['affinity'])['podAntiAffinity']);
  const labels = podLabels(template);
  const own = list(rules['requiredDuringSchedulingIgnoredDuringExecution']).filter((term) =>
    keepsApart(term, labels),
  );
  return own.length === 0
    ? passed('anti_affinity', 'no required anti-affinity between the two sets of pods')
    : refused(
        'anti_affinity',
        `A required pod anti-affinity (${own.map((term) => String(term['topologyKey'] ?? '?')).join(', ')}) keeps pods of this service apart: twice the pods may find no node`,
      );
}

function keepsApart(term: Json, labels: Readonly<Record<string, string>>): boolean {
  const keys = Array.isArray(term['matchLabelKeys']) ? term['matchLabelKeys'] : [];
  if (keys.some((key) => TELLS_APART.includes(String(key)))) return false;
  // None at all matches no pod, an empty one every pod.
  if (term['labelSelector'] == null) return false;
  const selector = record(term['labelSelector']);
  return (
    hasLabels(labels, texts(selector['matchLabels'])) &&
    list(selector['matchExpressions']).every((each) => isMet(each, labels))
  );
}

function isMet(expression: Json, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[String(expression['key'])];
  const values = Array.isArray(expression['values']) ? expression['values'].map(String) : [];
  switch (expression['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      // What is not understood counts as in the way.
      return true;
  }
}

export function alone({ singleton, twoVersionsSafe }: SafetySettings): GateResult {
  return singleton && !twoVersionsSafe
    ? refused(
        'singleton',
        'The configuration says `singleton`: two sets of pods at once are not safe unless it says `twoVersionsSafe` too',
      )
    : passed('singleton', singleton ? 'a singleton that is safe in two versions' : 'no singleton');
}

export const POD_HINTS: Readonly<Record<string, string>> = {
  volumes: 'Use a volume that many nodes may mount, or none.',
  host_ports: 'Take the host port away, or deploy the service another way.',
  anti_affinity:
    'Make it a preferred one, give it topology spread constraints, or let it hold within a version: `matchLabelKeys: [pod-template-hash]`.',
  singleton: 'Set `twoVersionsSafe: true` if two of them at once do no harm.',
};
