import { afterEach, describe, expect, it } from 'vitest';
import { type HealthServer, startHealthServer } from '../../src/adapters/health-server.ts';
import { createTelemetry } from '../../src/adapters/telemetry.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { readinessOf } from '../../src/services/readiness.ts';
import { makeRollout, T0 } from '../support/rollout-fixtures.ts';

let server: HealthServer | null = null;
afterEach(async () => {
  await server?.close();
});

async function start(isStoreUp: boolean, isSlackKnown = true) {
  const telemetry = createTelemetry();
  const askStore = async () => {
    if (!isStoreUp) throw new DabbawalaError('store_unavailable', 'State store unavailable, nothing done.');
  };
  const durability = async () => ({
    isDurable: true,
    sentence: 'Every acknowledged write survives a power loss.',
  });
  server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    registry: telemetry.registry,
    readiness: () => readinessOf({ askStore, durability, isSlackKnown: () => isSlackKnown }),
  });
  const base = `http://127.0.0.1:${server.port}`;
  return { telemetry, get: (path: string) => fetch(`${base}${path}`) };
}

describe('the health server', () => {
  it('is alive whatever else is away, and ready only with the store', async () => {
    const { get } = await start(false);
    expect((await get('/healthz')).status).toBe(200);
    const ready = await get('/readyz');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      parts: { store: { ok: false, detail: 'State store unavailable, nothing done.' } },
    });
  });

  it('says the true durability, and stays ready while Slack is away', async () => {
    const { get } = await start(true, false);
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      status: 'ready',
      parts: { store: { detail: 'Every acknowledged write survives a power loss.' }, slack: { ok: false } },
    });
  });

  it('exports what the engine did, by service and end', async () => {
    const { telemetry, get } = await start(true);
    const before = makeRollout();
    const next = makeRollout({
      phase: 'rolled-back',
      endedAt: T0,
      confirmedPercent: 0,
      cause: { ...before.cause, code: 'rule_breached' },
    });
    telemetry.onPass(before, { next, effects: [], reason: 'rule_breached', events: [] }, 12);
    const text = await (await get('/metrics')).text();
    expect(text).toContain(
      'dabbawala_rollouts_ended_total{service="payment-gateway",environment="prod",end="rolled-back",cause="rule_breached"} 1',
    );
    expect(text).toContain(
      'dabbawala_candidate_weight_percent{service="payment-gateway",environment="prod"} 0',
    );
  });

  it('shows no configuration and no version of a library', async () => {
    const { get } = await start(true);
    for (const path of ['/healthz', '/readyz'])
      expect(await (await get(path)).text()).not.toMatch(/redis:\/\/|xox|version/);
    expect((await get('/config')).status).toBe(404);
  });
});
