/** Where the cluster simulator publishes the loopback port behind a pod. */
export const PORT_ANNOTATION = 'sandbox.dabbawala.dev/port';

/**
 * The workload that a pod belongs to, as a mesh names it: the Deployment (`<name>-<hash>-<suffix>`) or the Job
 * (`<name>-<suffix>`). Taken from the name, since that is what both the runtime and the proxy know.
 */
export function workloadOf(pod: {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}): string {
  const hash = pod.labels['pod-template-hash'];
  const at = hash === undefined ? -1 : pod.name.lastIndexOf(`-${hash}-`);
  return at > 0 ? pod.name.slice(0, at) : pod.name.replace(/-[^-]*$/, '');
}
