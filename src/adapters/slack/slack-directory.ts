import { DabbawalaError } from '../../lib/errors.ts';
import type { Directory } from '../../ports/chat.ts';
import type { SlackClients } from './clients.ts';
import { groupsUnavailable, readFault } from './web-errors.ts';

const PERSON_VALID_MS = 300_000;
const GROUP_VALID_MS = 5000;
const MOST_PEOPLE = 5000;

export interface PersonFacts {
  readonly name: string | null;
  readonly email: string | null;
  readonly isBot: boolean;
  /** Of another workspace (Slack Connect), or deactivated. */
  readonly isOutsider: boolean;
}

const NOBODY: PersonFacts = { name: null, email: null, isBot: false, isOutsider: false };

/** Single flight and a short memory: whoever asks while an answer is on its way gets the same one. Failures are not kept. */
class Remembered<T> {
  readonly #entries = new Map<string, { readonly answer: Promise<T>; validUntil: number }>();
  readonly #validMs: number;
  readonly #now: () => number;

  constructor(validMs: number, now: () => number) {
    this.#validMs = validMs;
    this.#now = now;
  }

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known && known.validUntil > this.#now()) return known.answer;
    if (this.#entries.size >= MOST_PEOPLE) this.#entries.clear();
    const entry = { answer: ask(), validUntil: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    entry.answer.then(
      () => {
        entry.validUntil = this.#now() + this.#validMs;
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry.answer;
  }
}

export class SlackDirectory implements Directory {
  readonly #clients: SlackClients;
  readonly #now: () => number;
  readonly #people: Remembered<PersonFacts>;
  readonly #groups: Remembered<readonly string[]>;
  /** Slack named a time before which asking is useless. */
  #groupsQuietUntil = 0;

  constructor(clients: SlackClients, now: () => number = () => performance.now()) {
    this.#clients = clients;
    this.#now = now;
    this.#people = new Remembered(PERSON_VALID_MS, now);
    this.#groups = new Remembered(GROUP_VALID_MS, now);
  }

  members(groupId: string): Promise<readonly string[]> {
    return this.#groups.get(groupId, () => this.#askMembers(groupId));
  }

  person(userId: string): Promise<PersonFacts> {
    return this.#people.get(userId, () => this.#askPerson(userId));
  }

  async #askMembers(groupId: string): Promise<readonly string[]> {
    const waitMs = this.#groupsQuietUntil - this.#now();
    if (waitMs > 0)
      throw new DabbawalaError('groups_unavailable', 'Slack limits how often groups may be read.', {
        hint: `Try again in ${Math.ceil(waitMs / 1000)} s.`,
        data: { slackError: 'ratelimited', retryAfterMs: Math.ceil(waitMs) },
      });
    try {
      const answer = await this.#clients.write.usergroups.users.list({ usergroup: groupId });
      return answer.users ?? [];
    } catch (error) {
      const { retryAfterMs } = readFault(error);
      if (retryAfterMs !== null) this.#groupsQuietUntil = this.#now() + retryAfterMs;
      throw groupsUnavailable(`who is in group ${groupId}`, error);
    }
  }

  async #askPerson(userId: string): Promise<PersonFacts> {
    try {
      const { user } = await this.#clients.read.users.info({ user: userId });
      if (!user) return NOBODY;
      const name = user.profile?.display_name || user.profile?.real_name || user.real_name || user.name;
      return {
        name: name ?? null,
        email: user.profile?.email?.toLowerCase() ?? null,
        isBot: user.is_bot === true || userId === 'USLACKBOT',
        isOutsider: (user as { is_stranger?: unknown }).is_stranger === true || user.deleted === true,
      };
    } catch (error) {
      if (readFault(error).slackError === 'user_not_found') return NOBODY;
      throw groupsUnavailable(`who ${userId} is`, error);
    }
  }
}
