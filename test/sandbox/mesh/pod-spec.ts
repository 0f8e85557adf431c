import type { PodSpecSeen } from '../../../sandbox/contract.ts';

export const DIGESTS = new Map(
  ['v2.3.0', 'v2.3.1'].map((tag, index) => [
    `sha256:${String(index + 1).repeat(64)}`,
    { name: 'tiffin/payment-gateway', tag },
  ]),
);

export const imageOf = (tag: string): string => {
  const [digest] = [...DIGESTS].find(([, image]) => image.tag === tag) ?? [];
  return `127.0.0.1:5000/tiffin/payment-gateway@${digest}`;
};

/** A pod as the Deployment `payment-gateway-<colour>` makes it. */
export function podSpec(colour: string, tag: string, index: number): PodSpecSeen {
  const name = `payment-gateway-${colour}-5d9c7b-${'abcde'.slice(0, 4)}${index}`;
  return {
    namespace: 'payments',
    name,
    uid: `uid-${name}`,
    labels: {
      app: 'payment-gateway',
      'dabbawala.dev/colour': colour,
      'pod-template-hash': '5d9c7b',
    },
    image: imageOf(tag),
    container: 'payment-gateway',
    env: {},
    readiness: { path: '/ready', port: 8080 },
  };
}
