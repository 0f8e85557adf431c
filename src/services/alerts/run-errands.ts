/**
 * The clock of what was asked and done from alert cards: requests are reminded and expire, silences are made that were not
 * confirmed, and open ones are looked at, so that the card says what Alertmanager says. Every replica looks; the
 * compare-and-set makes each change once.
 */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { type AlertRequest, dueOf, pendingRequests, withRequest } from '../../core/alert/alert-request.ts';
import { isUnderway } from '../../core/alert/contained.ts';
import { isExpected } from '../../core/alert/expected.ts';
import { CLEAR_MS, type GroupSilence, isLive, silenceSeen } from '../../core/alert/silence.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import { alertmanagerOf, handsOf } from './alert-hands.ts';
import type { AlertPorts } from './alert-ports.ts';
import { changeByClock } from './change-by-clock.ts';
import { finishContained } from './contain-acts.ts';
import { makeSilence } from './make-silence.ts';
import { subjectWords } from './subject-words.ts';

/** An open silence is looked at this often at most, whoever looks. */
const LOOK_EVERY_MS = 30_000;
/** An errand is noted before what it is about is saved. */
const YOUNG_MS = 60_000;

export class ErrandRunner {
  readonly #ports: AlertPorts;
  #isRunning = false;

  constructor(ports: AlertPorts) {
    this.#ports = ports;
  }

  /** Never throws: what fails is tried again with the next look. */
  async lookAtAll(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { log } = this.#ports;
    try {
      for (const [id, at] of await handsOf(this.#ports).errands.all())
        await this.#look(id, at).catch((error: unknown) => {
          if (isDabbawalaError(error, 'store_unavailable')) throw error;
          log.info({ alertGroup: id, why: String(error) }, 'an errand of an alert is not done yet');
        });
    } catch (error) {
      const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
      log[level]({ err: error }, 'no look at the errands of alerts');
    } finally {
      this.#isRunning = false;
    }
  }

  async #look(id: string, notedAt: number): Promise<void> {
    const { alerts, clock } = this.#ports;
    const { errands } = handsOf(this.#ports);
    const stored = await alerts.load(id);
    const now = await clock.now();
    if (!stored || (!hasErrand(stored.group) && now - notedAt > YOUNG_MS)) {
      await errands.remove(id);
      return;
    }
    const { group } = stored;
    for (const request of pendingRequests(group)) await this.#lookAtRequest(id, request, now);
    if (group.expected && !isExpected(group, now)) await this.#endExpected(id);
    if (group.contained?.some(isUnderway)) await finishContained(this.#ports, stored);
    if (group.silence?.state === 'creating') await makeSilence(this.#ports, stored);
    if (group.silence?.state === 'open') await this.#lookAtSilence(id, group.silence, now);
  }

  async #lookAtRequest(id: string, { id: requestId }: AlertRequest, now: number): Promise<void> {
    await changeByClock(this.#ports, id, (group) => {
      const request = group.requests?.find((one) => one.id === requestId);
      const due = request && dueOf(request, now);
      if (!request || !due) return null;
      const data = { request: requestId, what: subjectWords(request.subject) };
      if (due === 'remind')
        return {
          next: withRequest(group, { ...request, reminded: true }),
          line: `Still waits for approval: ${subjectWords(request.subject)}`,
          mentions: [...request.policy.groups, ...request.policy.users],
          ...{ action: 'alert.request.remind', data },
        };
      return {
        next: withRequest(group, { ...request, state: 'expired', decidedAt: now }),
        line: `Expired, nothing was done: ${subjectWords(request.subject)}`,
        mentions: [request.requester.id],
        ...{ action: 'alert.request.expire', data },
      };
    });
  }

  async #endExpected(id: string): Promise<void> {
    await changeByClock(this.#ports, id, (group, now) => {
      if (!group.expected || isExpected(group, now)) return null;
      const { expected, ...next } = group;
      const who = expected.by.name ?? expected.by.id;
      return {
        ...{ next, line: `The mark of ${who} is over: it calls again`, action: 'alert.unexpect' },
        data: { until: expected.until },
      };
    });
  }

  async #lookAtSilence(id: string, silence: GroupSilence, now: number): Promise<void> {
    const { deliveries } = handsOf(this.#ports);
    const { silenceId, key, matchers, endsAt } = silence;
    if (silenceId === null) return;
    const isOver = now >= endsAt;
    if (!isOver && !(await deliveries.isFirst(`silence-look:${key}`, LOOK_EVERY_MS))) return;
    const alertmanager = alertmanagerOf(this.#ports);
    const seen = await alertmanager.find(silenceId);
    // Changed in Alertmanager's own page it has a new id, and our key still.
    const alive =
      seen === null || seen.state === 'expired' ? ((await alertmanager.findByComment(key)) ?? seen) : seen;
    const firing = alive === null || alive.state === 'expired' ? null : await alertmanager.alerts(matchers);
    await changeByClock(this.#ports, id, (group, at) => {
      if (group.silence?.key !== key || group.silence.state !== 'open') return null;
      const next = silenceSeen(group.silence, alive, firing?.length ?? null, at);
      const after = next ?? group.silence;
      const ended = endedBehind({ ...group, silence: after }, at);
      if (next === null && ended === null) return null;
      return {
        next: ended ?? { ...group, silence: after },
        line: lineOf(group.silence, after, ended),
        action: after.state === 'ended' ? 'alert.silence.ended' : ended ? 'alert.resolved' : null,
        data: { silence: silenceId, how: after.ended ?? '' },
      };
    });
  }
}

const hasErrand = (group: AlertGroup): boolean =>
  pendingRequests(group).length > 0 ||
  group.expected !== undefined ||
  (group.contained ?? []).some(isUnderway) ||
  (group.silence !== undefined && isLive(group.silence));

/** Alertmanager tells nothing of what ends while it is silenced: the card would say for ever that it fires. */
function endedBehind(group: AlertGroup, now: number): AlertGroup | null {
  const { silence } = group;
  if (group.state === 'resolved' || silence?.state !== 'open' || silence.clearSince === null) return null;
  if (now - silence.clearSince < CLEAR_MS) return null;
  return {
    ...group,
    ...{ state: 'resolved', firing: 0, resolved: group.firing + group.resolved, resolvedAt: now },
  };
}

function lineOf(before: GroupSilence, { ended, state, endsAt }: GroupSilence, over: AlertGroup | null) {
  if (over) return 'None of these alerts fires any more: they ended while they were silenced';
  if (state !== 'ended')
    return endsAt === before.endsAt ? null : 'The end of the silence was changed in Alertmanager';
  return ended === 'expired'
    ? 'The silence is over: Alertmanager tells of these alerts again'
    : 'The silence was ended in Alertmanager: it tells of these alerts again';
}
