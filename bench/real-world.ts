/** A few reactions in the whole sandbox: a real Prometheus scrapes real pods behind a real load, and a version breaks. */
import { until } from '../sandbox/processes/index.ts';
import { Player } from '../sandbox/stories/player.ts';
import { startWorld } from '../sandbox/world/world.ts';
import type { BenchContext } from './benchmark.ts';

export interface RealReactions {
  /** From the first breaching answer of Prometheus to weight 0 on the API server, ms. */
  readonly ms: readonly number[];
  readonly falseRollbacks: number;
}

const BROKEN = [
  { service: 'payment-gateway', version: 'v2.3.1' },
  { service: 'upi-switch', version: 'v1.9.0' },
] as const;
const HEALTHY = { service: 'ledger', version: 'v5.1.0' } as const;
const ROUNDS = 2;
/** Well over the critical limit of 5 %. */
const FAULT_PERCENT = 40;
const POLL_MS = 20;
/** As `pace: script` configures them. */
const WINDOW_S = 5;
const CRITICAL = 0.05;
const LEAST_REQUESTS = 15;
const PROMOTED_OR_ON_ITS_WAY = /PROMOTED|FULL TRAFFIC|\d+ %/;

export async function realReactions(context: BenchContext): Promise<RealReactions> {
  context.say('  starting the whole sandbox with a real Prometheus');
  const world = context.keep(await startWorld({ pace: 'script' }));
  const player = new Player(world, () => undefined);
  const ms: number[] = [];
  let falseRollbacks = 0;
  for (let round = 0; round < ROUNDS && performance.now() < context.measureUntil; round++) {
    const all = round === 0 ? [...BROKEN, HEALTHY] : [...BROKEN];
    for (const { service, version } of all)
      await player.type('U0ASHA', `/deploy ${service} ${version} reason="Benchmark"`);
    await approveAll(player, all.length);
    const reactions = BROKEN.map(async ({ service, version }) => {
      await player.until(`${service} has a candidate with traffic`, 60_000, () =>
        player.colour(service, 'green').weight > 0 ? true : null,
      );
      await world.faults.apply({ kind: 'errors', service, version, percent: FAULT_PERCENT });
      const visibleAt = await firstBreach(world.prometheus.url, `${service}-green`);
      const writtenAt = await player.until(`${service} is back`, 20_000, () => {
        const write = player.weightWrites(service).at(-1);
        return write && player.colour(service, 'green').weight === 0 ? write.at : null;
      });
      await world.faults.apply({ kind: 'errors', service, version, off: true });
      context.say(`  real Prometheus, ${service}: ${writtenAt - visibleAt} ms`);
      return writtenAt - visibleAt;
    });
    ms.push(...(await Promise.all(reactions)));
    await player.until('both are rolled back', 60_000, () => (endedBadly(player) >= ms.length ? true : null));
  }
  const healthy = player.cards().find(({ text }) => text.includes(HEALTHY.version));
  if (!healthy || !PROMOTED_OR_ON_ITS_WAY.test(healthy.text) || /ROLLED BACK/.test(healthy.text))
    falseRollbacks += 1;
  return { ms, falseRollbacks };
}

const endedBadly = (player: Player): number =>
  player.cards().filter(({ text }) => /ROLLED BACK/.test(text)).length;

/** Clicks Approve on every card that has it, until as many were approved as asked for. */
async function approveAll(player: Player, count: number): Promise<void> {
  const approved = new Set<string>();
  await player.until('every plan is approved', 40_000, async () => {
    const next = player.cards().find(({ ts, actions }) => actions.includes('approve') && !approved.has(ts));
    if (next) {
      const answer = await player.world.slack.click({
        user: 'U0BHARAT',
        channel: 'C0WARROOM',
        ts: next.ts,
        actionId: 'approve',
      });
      if (answer.ok) approved.add(next.ts);
    }
    return approved.size >= count ? true : null;
  });
}

/** ms since the epoch at which Prometheus first answers what the bot must act upon. */
function firstBreach(url: string, workload: string): Promise<number> {
  const requests = (more: string): string =>
    `sum(increase(istio_requests_total{reporter="source",destination_workload="${workload}"${more}}[${WINDOW_S}s]))`;
  const query = `${requests(',response_code=~"5.."')} / ${requests('')} > ${CRITICAL} and ${requests('')} >= ${LEAST_REQUESTS}`;
  return until(
    async () => {
      const answer = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query }),
      });
      const { data } = (await answer.json()) as { data: { result: readonly unknown[] } };
      return data.result.length > 0 ? Date.now() : null;
    },
    { what: `${workload} fails in Prometheus`, timeoutMs: 20_000, everyMs: POLL_MS },
  );
}
