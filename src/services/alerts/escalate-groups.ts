/**
 * The clock of the alerts: whoever has not looked is reminded, the next level is called. Every replica looks; the
 * compare-and-set on the group makes each act happen once, its line and its record with it. A line is durable: with Slack
 * away it is sent later, once.
 */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import {
  beginEscalation,
  decideEscalation,
  type EscalationPolicy,
  type EscalationStep,
} from '../../core/alert/escalation.ts';
import { escalationWords } from '../../core/alert/escalation-words.ts';
import type { Override } from '../../core/alert/on-call.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { AlertPorts } from './alert-ports.ts';
import { CallBudget } from './call-budget.ts';
import { escalationPolicy, watchedOf } from './escalation-policy.ts';

type Change = Extract<EscalationStep, { readonly kind: 'change' }>;

interface Rules {
  readonly policy: EscalationPolicy;
  readonly overrides: readonly Override[];
}

/** Races that one look may lose; the next look is seconds away. */
const TRIES = 5;
/** So many open groups are looked at in every pass; of more, each when it is due and at least this often. */
const LOOK_AT_ALL = 200;
const LOOK_EVERY_MS = 30_000;
const KNOWN_MS = 1000;

export class Escalations {
  readonly #ports: AlertPorts;
  readonly #policy: EscalationPolicy;
  readonly #budget = new CallBudget();
  /** ms since the epoch, by group. */
  readonly #lookAt = new Map<string, number>();

  #known: { readonly at: number; readonly rules: Promise<Rules> | null } = {
    at: Number.NEGATIVE_INFINITY,
    rules: null,
  };
  readonly #onLook: (group: AlertGroup) => Promise<void>;

  /** @param onLook told of each group as it is stored; throws `store_unavailable` */
  constructor(ports: AlertPorts, onLook: (group: AlertGroup) => Promise<void> = async () => undefined) {
    this.#ports = ports;
    this.#onLook = onLook;
    this.#policy = escalationPolicy(ports.config);
  }

  /** A new episode with whom its card calls. Throws `store_unavailable`. */
  async begin(group: AlertGroup, now: number): Promise<AlertGroup> {
    if (group.state === 'resolved') return group;
    const { overrides, policy } = await this.#lately(now);
    return { ...group, ...beginEscalation(watchedOf(group), policy, now, overrides) };
  }

  /** Never throws: with the store away nobody can be called, and the next look is seconds away. */
  async lookAtAll(): Promise<void> {
    const { alerts, clock, log } = this.#ports;
    try {
      const [open, rules, now] = await Promise.all([alerts.open(), this.#now(), clock.now()]);
      this.#forgetAllBut(open);
      for (const id of this.#due(open, now)) await this.#look(id, rules);
    } catch (error) {
      const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
      log[level]({ err: error }, 'open alerts not looked at for reminders');
    }
  }

  /** A storm begins hundreds at once: what people said is read once a second. */
  async #lately(now: number): Promise<Rules> {
    if (Math.abs(now - this.#known.at) >= KNOWN_MS) this.#known = { at: now, rules: this.#now() };
    const { rules } = this.#known;
    return rules ?? this.#now();
  }

  /** The configuration, and what people said since. */
  async #now(): Promise<Rules> {
    const { onCall } = this.#ports;
    const [overrides, mutes] = await Promise.all([onCall.overrides(), onCall.mutes()]);
    return { overrides, policy: { ...this.#policy, mutes: [...this.#policy.mutes, ...mutes] } };
  }

  #due(open: readonly string[], now: number): readonly string[] {
    if (open.length <= LOOK_AT_ALL) return open;
    return open.filter((id) => (this.#lookAt.get(id) ?? 0) <= now);
  }

  #forgetAllBut(open: readonly string[]): void {
    if (this.#lookAt.size <= open.length) return;
    const known = new Set(open);
    for (const id of [...this.#lookAt.keys()].filter((one) => !known.has(one))) this.#lookAt.delete(id);
  }

  async #look(id: string, { policy, overrides }: Rules): Promise<void> {
    const { alerts, clock, queue, log } = this.#ports;
    try {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const stored = await alerts.load(id);
        if (!stored) return;
        const now = await clock.now();
        const { group } = stored;
        this.#budget.note(group, now);
        const step = decideEscalation(watchedOf(group), policy, now, overrides);
        if (step.kind === 'wait') {
          await this.#onLook(group);
          this.#lookAt.set(id, Math.min(step.until ?? now + LOOK_EVERY_MS, now + LOOK_EVERY_MS));
          return;
        }
        const change = this.#changeOf(group, step, now);
        if ((await alerts.save(id, { ...change, expectedRev: stored.rev })) !== 'done') continue;
        this.#budget.note(change.next, now);
        await this.#onLook(change.next);
        if (change.isDirty) await queue.wakeChannel(group.channel);
        return;
      }
    } catch (error) {
      if (isDabbawalaError(error, 'store_unavailable')) throw error;
      // One that cannot be read keeps nobody from being called about the others.
      log.error({ alertGroup: id, err: error }, 'an alert was not looked at for reminders');
    }
  }

  #changeOf(group: AlertGroup, { next, act, calls }: Change, now: number) {
    const isPush = calls.length > 0 && this.#budget.mayCall(group.channel, calls, now);
    const { pushedAt, ...quiet } = next.escalation;
    const escalation = pushedAt === now && !isPush ? quiet : next.escalation;
    const words = act && escalationWords(act, { now, timeZone: this.#policy.timeZone });
    const text = words && `${words}${hintOf(act.code, calls, isPush)}`;
    return {
      next: { ...group, ...next, escalation },
      lines: text === null ? [] : [{ text, at: now, mentions: isPush ? calls : [] }],
      audit: act === null ? [] : [auditOf(group, act, text ?? '', calls, now)],
      isDirty: act !== null || next.muted?.until !== group.muted?.until,
    };
  }
}

const CALLS = new Set(['remind', 'escalate', 'worse', 'unresolved']);

function hintOf(code: string, calls: readonly string[], isPush: boolean): string {
  if (CALLS.has(code) && calls.length === 0)
    return ' Nobody is on call: name somebody under `slack.onCall` or `alerts.escalation`.';
  return calls.length > 0 && !isPush
    ? ' They were called for several others within this minute and are not mentioned once more.'
    : '';
}

const auditOf = (
  group: AlertGroup,
  act: NonNullable<Change['act']>,
  text: string,
  calls: readonly string[],
  at: number,
) => ({
  at,
  actor: null,
  origin: { via: 'engine' as const, team: null, channel: null },
  action: `alert.${act.code}`,
  object: group.id,
  outcome: 'done' as const,
  planDigest: null,
  data: { text, called: calls.join(' '), ...('level' in act && { level: act.level }) },
});
