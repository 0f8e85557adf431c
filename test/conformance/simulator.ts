/** The sandbox's cluster, for the sequences: an admin, a stranger without any right, and pods that answer. */
import { startCluster } from '../../sandbox/cluster/cluster.ts';
import { startTestPods } from '../contract/pods.ts';
import { type Hands, handsOn } from './hands.ts';

export const STRANGER = { namespace: 'conformance', name: 'stranger' } as const;
export const STRANGER_USER = `system:serviceaccount:${STRANGER.namespace}:${STRANGER.name}`;

export interface Target {
  readonly hands: Hands;
  close(): Promise<void>;
}

export async function openSimulator(): Promise<Target> {
  const pods = startTestPods();
  const cluster = await startCluster({
    token: 'of-the-stranger',
    user: STRANGER_USER,
    otherTokens: { 'of-the-admin': 'admin' },
    runtime: pods,
  });
  cluster.restoreKind('keda.sh/v1alpha1', 'scaledobjects');
  cluster.setForbidden({});
  // A watch of the first versions is one of versions that are forgotten.
  cluster.compact();
  return {
    hands: handsOn({
      url: cluster.url,
      tokens: { admin: 'of-the-admin', stranger: 'of-the-stranger' },
    }),
    close: async () => {
      await cluster.close();
      await pods.close();
    },
  };
}
