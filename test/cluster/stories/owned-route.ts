/** A route that its owner keeps in Git and applies by server-side apply, and what of it a rollout may leave otherwise. */
import { expect } from 'vitest';
import { APPLY_PATCH, type Body } from '../lab/api.ts';
import type { RealWorld } from './real-world.ts';

const OWNER = 'platform-team';

export interface OwnedRoute {
  readonly path: string;
  /** What the owner applies. */
  readonly manifest: Body;
  /** As it was stored then. */
  readonly before: Body;
}

/** The owner takes the route over as it stands. */
export async function ownRoute({ cluster: { api } }: RealWorld, path: string): Promise<OwnedRoute> {
  const { apiVersion, kind, metadata, spec } = await api.must('GET', path);
  const { name, namespace, labels } = metadata;
  const manifest = { apiVersion, kind, metadata: { name, namespace, ...(labels && { labels }) }, spec };
  const before = await api.must('PATCH', `${path}?fieldManager=${OWNER}&force=true`, {
    body: manifest,
    contentType: APPLY_PATCH,
  });
  return { path, manifest, before };
}

/** The whole object without what the server keeps of it, without our annotations and, after a promotion, without the pair's weights. */
function bare({ metadata, ...rest }: Body, host: string | null): Body {
  const { resourceVersion: _v, generation: _g, managedFields: _m, annotations = {}, ...kept } = metadata;
  const foreign = Object.entries(annotations).filter(([key]) => !key.startsWith('dabbawala.dev/'));
  const isOfPair = ({ destination: { host: own, subset } }: Body): boolean =>
    own === host && (subset === 'blue' || subset === 'green');
  const http = rest['spec'].http.map((entry: Body) => ({
    ...entry,
    route: entry.route.map((one: Body) => (isOfPair(one) ? { ...one, weight: 'of the pair' } : one)),
  }));
  return {
    ...rest,
    metadata: { ...kept, annotations: Object.fromEntries(foreign) },
    spec: { ...rest['spec'], http },
  };
}

/** @param ended after a promotion the two weights are other as well, after a rollback nothing but our annotations */
export async function expectGivenBack(
  { cluster: { api } }: RealWorld,
  { path, manifest, before }: OwnedRoute,
  ended: 'promoted' | 'rolled-back',
): Promise<void> {
  const host = ended === 'promoted' ? before['spec'].http[0].route[0].destination.host : null;
  const after = await api.must('GET', path);
  expect(bare(after, host)).toEqual(bare(before, host));
  expect(after['metadata'].managedFields.map(({ manager }: Body) => manager)).not.toContain('dabbawala');
  // Its owner's next apply meets nobody: no force is needed. Not stored, since after a promotion traffic is elsewhere.
  const applied = await api.send('PATCH', `${path}?fieldManager=${OWNER}&dryRun=All`, {
    body: manifest,
    contentType: APPLY_PATCH,
  });
  expect([applied.status, applied.body.message]).toEqual([200, undefined]);
}
