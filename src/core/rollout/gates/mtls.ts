/** Under STRICT mTLS the API server's pod proxy, which speaks plain text, reaches no pod. Pure. */
import type { MeshSurvey, PeerPolicy } from '../ground.ts';
import type { GateResult, ProbeSpec } from '../plan.ts';
import { hasLabels, passed, podLabels, record, refused, texts, unseen } from './gate.ts';

/** Ports that the sidecar was told to leave alone. */
function excludedPorts(template: unknown): readonly string[] {
  const annotations = texts(record(record(template)['metadata'])['annotations']);
  return (annotations['traffic.sidecar.istio.io/excludeInboundPorts'] ?? '')
    .split(',')
    .map((port) => port.trim());
}

/** The nearest policy decides: of the pods, of the namespace, of the mesh; null: none says anything. */
export function modeOf(
  policies: readonly PeerPolicy[],
  labels: Readonly<Record<string, string>>,
  port: number,
): { readonly mode: string; readonly policy: PeerPolicy } | null {
  const ofPods = policies.filter(
    (each) => !each.isMeshWide && each.selector && hasLabels(labels, each.selector),
  );
  const ofNamespace = policies.filter((each) => !each.isMeshWide && each.selector === null);
  const ofMesh = policies.filter((each) => each.isMeshWide && each.selector === null);
  for (const policy of ofPods) {
    const mode = policy.ports[String(port)];
    if (mode !== undefined && mode !== 'UNSET') return { mode, policy };
  }
  for (const policy of [...ofPods, ...ofNamespace, ...ofMesh])
    if (policy.mode !== null && policy.mode !== 'UNSET') return { mode: policy.mode, policy };
  return null;
}

export function podProbes(
  probes: readonly ProbeSpec[],
  template: unknown,
  { policies }: MeshSurvey,
): GateResult {
  const asked = probes.filter(
    ({ check }) => check.kind === 'podHttp' && !excludedPorts(template).includes(String(check.port)),
  );
  if (asked.length === 0) return passed('pod_probes', 'no probe goes past the mesh');
  if (policies.kind === 'unknown')
    return unseen('pod_probes', `Whether podHttp probes can reach the pods is not known: ${policies.detail}`);
  const labels = podLabels(template);
  const shut = asked.flatMap(({ name, critical, check }) => {
    const found = check.kind === 'podHttp' ? modeOf(policies.value, labels, check.port) : null;
    return found?.mode === 'STRICT' ? [{ name, critical, policy: found.policy }] : [];
  });
  const [first] = shut;
  if (!first) return passed('pod_probes', 'the pods take what podHttp probes send');
  const text = `PeerAuthentication ${first.policy.namespace}/${first.policy.name} is STRICT, so the API server cannot reach a pod: podHttp probe ${shut.map(({ name }) => name).join(', ')} would fail`;
  return shut.some(({ critical }) => critical) ? refused('pod_probes', text) : unseen('pod_probes', text);
}

export const MTLS_HINT =
  'Make them `job` probes, which run inside the mesh, or exclude the port: `portLevelMtls` of a PeerAuthentication, or the annotation `traffic.sidecar.istio.io/excludeInboundPorts`.';
