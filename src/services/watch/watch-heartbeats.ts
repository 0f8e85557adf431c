/**
 * Looks whether every heartbeat is heard. What is to be raised is noted first and forgotten when it is raised: a death
 * between the two raises it once more, which changes nothing.
 */
import { type BeatNews, type Heartbeat, judgeBeats } from '../../core/watch/heartbeat.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { WatchStore } from '../../ports/watch-store.ts';
import type { Alarm, RaiseAlarm } from './alarm.ts';

export interface HeartbeatPorts {
  readonly heartbeats: readonly Heartbeat[];
  readonly watch: WatchStore;
  readonly clock: Clock;
  readonly raise: RaiseAlarm;
  /** ms since it was heard; null: never. For metrics. */
  readonly onAge: (name: string, ageMs: number | null) => void;
  readonly log: Log;
}

/** Never throws. */
export async function watchHeartbeats(ports: HeartbeatPorts): Promise<void> {
  const { heartbeats, watch, clock, raise, onAge, log } = ports;
  try {
    const [before, last, now] = await Promise.all([watch.readBeats(), watch.lastBeats(), clock.now()]);
    if (before === null && heartbeats.length === 0) return;
    for (const { name } of heartbeats) {
      const at = Object.hasOwn(last, name) ? last[name] : undefined;
      onAge(name, at === undefined ? null : Math.max(0, now - at));
    }
    const next = judgeBeats(before, heartbeats, last, now);
    if (!(await watch.saveBeats(next)) || next.unraised.length === 0) return;
    const left: BeatNews[] = [];
    for (const news of next.unraised) {
      log.warn({ heartbeat: news.name, lastAt: news.lastAt }, `heartbeat ${news.kind}`);
      if (!(await raise(alarmOf(news, heartbeats)))) left.push(news);
    }
    await watch.saveBeats({ ...next, rev: next.rev + 1, unraised: left });
  } catch (error) {
    const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
    log[level]({ err: error }, 'heartbeats not looked at');
  }
}

function alarmOf({ name, kind, at, since, lastAt }: BeatNews, heartbeats: readonly Heartbeat[]): Alarm {
  const every = heartbeats.find((one) => one.name === name)?.every ?? 0;
  const heard =
    lastAt === null ? 'It was never heard.' : `Last heard ${new Date(lastAt).toISOString().slice(0, 19)}Z.`;
  return {
    name: 'HeartbeatMissing',
    labels: { heartbeat: name },
    title: `Alerts may not arrive: the heartbeat "${name}" is missing`,
    endedText: `The heartbeat "${name}" is heard again. Look for what was missed.`,
    summary: `The heartbeat "${name}" is missing: alerts may not arrive, so that no card does not mean that all is well. ${heard}`,
    description: `It is expected at least every ${Math.round(every / 1000)} s. Look at Prometheus, Alertmanager, its route to this bot and the token.`,
    since,
    endedAt: kind === 'back' ? at : null,
  };
}
