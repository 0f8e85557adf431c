/**
 * Keeps a paging service in step with the cards whose last level was called. What it was told is stored, so that whatever
 * dies, the next look tells the rest; the same word twice changes nothing there.
 */
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { isPaged, type PageState, pageKeyOf, wantedPage } from '../../core/alert/page.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import type { PageEvent, PageRecord, Pager, PageStore } from '../../ports/pager.ts';
import type { Deliveries } from '../../ports/rollout-store.ts';
import type { AlertPorts } from './alert-ports.ts';
import { escalationPolicy } from './escalation-policy.ts';

export interface PagePorts extends AlertPorts {
  readonly pager: Pager;
  readonly pages: PageStore;
  readonly deliveries: Deliveries;
  /** Longer than a send may take: nobody sends the next word beside it. */
  readonly turnMs: number;
}

const BACKOFF_MS = [5000, 10_000, 20_000, 60_000, 120_000, 300_000];
const REFUSED_AGAIN_MS = 300_000;
const TRIES = 20;

type Word = Exclude<PageState, 'none'>;
const ACTIONS: Readonly<Record<Word, PageEvent['action']>> = {
  triggered: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
};

export class Pages {
  readonly #ports: PagePorts;
  readonly #levels: number;
  /** Known to be stored. */
  readonly #known = new Set<string>();

  constructor(ports: PagePorts) {
    this.#ports = ports;
    this.#levels = escalationPolicy(ports.config).levels.length;
  }

  /** After a look at the group. Throws `store_unavailable`. */
  async note(group: AlertGroup): Promise<void> {
    const key = pageKeyOf(group);
    if (this.#known.has(key) || !isPaged(group, this.#levels)) return;
    const { id: groupId, episode } = group;
    if (wantedPage(group, episode, this.#levels) !== 'triggered') return;
    await this.#ports.pages.add({ key, groupId, episode, told: 'nothing', tries: 0, nextAt: 0 });
    this.#known.add(key);
  }

  /** Never throws. */
  async tellAll(): Promise<void> {
    try {
      const [pages, now] = await Promise.all([this.#ports.pages.pages(), this.#ports.clock.now()]);
      const open = new Set(pages.map(({ key }) => key));
      for (const key of [...this.#known].filter((one) => !open.has(one))) this.#known.delete(key);
      await Promise.all(pages.filter(({ nextAt }) => nextAt <= now).map((page) => this.#tell(page)));
    } catch (error) {
      const level = isDabbawalaError(error, 'store_unavailable') ? 'debug' : 'error';
      this.#ports.log[level]({ err: error }, 'the paging service was not told');
    }
  }

  async #tell(page: PageRecord): Promise<void> {
    const { alerts, pages, deliveries, turnMs } = this.#ports;
    const group = (await alerts.load(page.groupId))?.group ?? null;
    const wanted = wantedPage(group, page.episode, this.#levels);
    if (wanted === 'none' || wanted === page.told) return;
    // Also what it may never have heard of: a send whose answer was lost, and then a death, left it open there for ever.
    if (!(await deliveries.isFirst(`page:${page.key}`, turnMs))) return;
    const failure = await this.#send(page, group, wanted);
    if (failure) return this.#failed(page, failure);
    await (wanted === 'resolved'
      ? pages.remove(page.key)
      : pages.put({ ...page, told: wanted, tries: 0, nextAt: 0 }));
    if (wanted === 'triggered')
      await this.#say(page, 'PagerDuty was told: whoever is on call there is called.');
  }

  async #send(page: PageRecord, group: AlertGroup | null, wanted: Word): Promise<DabbawalaError | null> {
    try {
      await this.#ports.pager.send(await this.#eventOf(page, group, ACTIONS[wanted]));
      return null;
    } catch (error) {
      if (error instanceof DabbawalaError && error.code.startsWith('pager_')) return error;
      throw error;
    }
  }

  async #eventOf(
    page: PageRecord,
    group: AlertGroup | null,
    action: PageEvent['action'],
  ): Promise<PageEvent> {
    const labels = group?.labels ?? {};
    const own = (name: string): string | undefined =>
      Object.hasOwn(labels, name) ? labels[name] : undefined;
    const link =
      group === null || action !== 'trigger' ? null : await this.#ports.cardLink(group).catch(() => null);
    return {
      ...{ action, key: page.key, link },
      summary: group ? `${group.title}: ${group.annotations['summary'] ?? group.severity}` : page.key,
      source: own('service') ?? own('instance') ?? own('namespace') ?? 'Dabbawala',
      severity: group?.severity ?? 'critical',
      since: group?.since ?? 0,
      details: labels,
    };
  }

  async #failed(page: PageRecord, error: DabbawalaError): Promise<void> {
    const now = await this.#ports.clock.now();
    const isRefused = error.code === 'pager_refused';
    const named = Number(error.data['retryAfterMs'] ?? 0);
    const backoff = BACKOFF_MS[Math.min(page.tries, BACKOFF_MS.length - 1)] ?? REFUSED_AGAIN_MS;
    const wait = isRefused ? REFUSED_AGAIN_MS : Math.max(backoff, named);
    await this.#ports.pages.put({ ...page, tries: page.tries + 1, nextAt: now + wait });
    this.#ports.log.warn(
      { alertGroup: page.groupId, code: error.code, why: error.message },
      'PagerDuty not told yet',
    );
    // Once: on-call must know that nobody is called that way.
    if (page.tries === 0 && page.told === 'nothing')
      await this.#say(page, `PagerDuty calls nobody yet: ${error.message} It is tried again.`);
  }

  /** In the thread of the episode that it is about, and on record. */
  async #say({ groupId, episode }: PageRecord, text: string): Promise<void> {
    const { alerts, clock, queue } = this.#ports;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const stored = await alerts.load(groupId);
      if (!stored || stored.group.episode !== episode) return;
      const at = await clock.now();
      const { group, rev } = stored;
      const result = await alerts.save(groupId, {
        next: group,
        expectedRev: rev,
        lines: [{ text, at, mentions: [] }],
        audit: [
          {
            ...{
              at,
              actor: null,
              origin: { via: 'engine', team: null, channel: null },
              action: 'alert.page',
            },
            ...{ object: groupId, outcome: 'done', planDigest: null, data: { text } },
          },
        ],
        isDirty: false,
      });
      if (result !== 'done') continue;
      return queue.wakeChannel(group.channel);
    }
  }
}
