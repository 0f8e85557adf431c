/** Whole rollouts on a real cluster: the whole bot, real pods' addresses, a real Prometheus. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adopt } from '../../../sandbox/stories/adopt.ts';
import { happy } from '../../../sandbox/stories/happy.ts';
import { edited, paths } from '../../acceptance/support/config.ts';
import { lostRequests } from '../../acceptance/support/lane.ts';
import { uncoveredOfBot } from '../../conformance/coverage.ts';
import { APPLY_PATCH, type Body } from '../lab/api.ts';
import { play } from './play.ts';
import { type RealWorld, refusals, startRealWorld } from './real-world.ts';

const ROUTE = paths('payment-gateway').route;

let world: RealWorld;
/** As its owner made it. */
let route: Body;

beforeAll(async () => {
  world = await startRealWorld({ editConfig: edited() });
  route = await world.cluster.api.must('GET', ROUTE);
}, 180_000);
afterAll(() => world?.close(), 60_000);

/** The route without weights and without our annotations. */
function bare({ metadata, spec }: Body): Body {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith('dabbawala.dev/'),
  );
  const http = spec.http.map((entry: Body) => ({
    ...entry,
    route: entry.route.map(({ weight: _, ...destination }: Body) => destination),
  }));
  return { labels: metadata.labels, annotations: Object.fromEntries(annotations), spec: { ...spec, http } };
}

describe('on a real cluster', () => {
  it('happy: a deploy is promoted, a second one is rolled back by hand, and no request is lost', async () => {
    await play(world, happy);
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
  }, 180_000);

  it('of what the route was, two weights and our annotations alone are other, and no field is ours', async () => {
    const { api } = world.cluster;
    const after = await api.must('GET', ROUTE);
    expect(bare(after)).toEqual(bare(route));
    expect(after.metadata.managedFields.map(({ manager }: Body) => manager)).not.toContain('dabbawala');
    // The next apply from Git meets nobody: no force is needed. Not stored, since traffic is on the other colour by now.
    const { apiVersion, kind, spec } = route;
    const { name, namespace } = route.metadata;
    const applied = await api.send('PATCH', `${ROUTE}?fieldManager=gitops&dryRun=All`, {
      body: { apiVersion, kind, metadata: { name, namespace }, spec },
      contentType: APPLY_PATCH,
    });
    expect([applied.status, applied.body.message]).toEqual([200, undefined]);
  });

  it('adopt: a plain Deployment becomes blue and green, deploys, and goes back, and no request is lost', async () => {
    await play(world, adopt);
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
  }, 180_000);

  it('the bot asks nothing whose answer the simulator is not compared for', () => {
    expect(uncoveredOfBot(world.cluster.requests())).toEqual([]);
  });
});
