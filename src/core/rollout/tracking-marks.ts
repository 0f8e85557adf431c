/** Marks by which Argo CD, Flux, Helm and kubectl know an object as theirs. A copied one makes them prune or undo the copy. */

const PREFIXES = [
  'argocd.argoproj.io/',
  'applications.argoproj.io/',
  'kustomize.toolkit.fluxcd.io/',
  'helm.toolkit.fluxcd.io/',
  'fluxcd.io/',
  'meta.helm.sh/',
];
const KEYS = ['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision'];

export const isTrackingMark = (key: string): boolean =>
  KEYS.includes(key) || PREFIXES.some((prefix) => key.startsWith(prefix));

/**
 * Labels or annotations without those marks. `app.kubernetes.io/instance` stays: Services pick pods by it, and pods belong
 * to their ReplicaSet whatever they are labelled.
 */
export const trackingFree = (marks: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(marks).filter(([key]) => !isTrackingMark(key)));
