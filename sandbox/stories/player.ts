/** Plays a story in the world and says what happens, line by line. Everything is read back from Slack, the cluster and the mesh. */
import { WORLD } from '../contract.ts';
import type { AnyWorld } from '../world/world.ts';

interface Colour {
  readonly weight: number;
  readonly replicas: number;
  readonly ready: number;
  readonly image: string;
}

interface Block {
  readonly type: string;
  readonly elements?: readonly { readonly action_id?: string }[];
}

interface Card {
  readonly ts: string;
  readonly text: string;
  readonly actions: readonly string[];
  /** All of its blocks. */
  readonly words: string;
}

export class Unexpected extends Error {}

export class Player {
  readonly world: AnyWorld;
  readonly #started = performance.now();
  #shown = '';

  readonly #print: (line: string) => void;

  /** @param print where the story is told; default the terminal */
  constructor(world: AnyWorld, print: (line: string) => void = console.log) {
    this.world = world;
    this.#print = print;
  }

  say(line: string): void {
    this.#print(`${((performance.now() - this.#started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  }

  async type(user: string, text: string): Promise<void> {
    this.say(`${nameOf(user)} types  ${text}`);
    const answer = await this.world.slack.command({ user, channel: 'C0WARROOM', text });
    if (!answer.ok) throw new Unexpected(`"${text}" was not taken: ${answer.error ?? 'no answer'}`);
  }

  async click(user: string, actionId: string): Promise<void> {
    await this.clickOn(this.card(), user, actionId);
  }

  async clickOn(card: Pick<Card, 'ts'>, user: string, actionId: string): Promise<void> {
    this.say(`${nameOf(user)} clicks ${actionId}`);
    const answer = await this.world.slack.click({ user, channel: 'C0WARROOM', ts: card.ts, actionId });
    if (!answer.ok)
      throw new Unexpected(`the click on ${actionId} was not taken: ${answer.error ?? 'no answer'}`);
  }

  /** Opens the form of a card's button, fills in the words, and of each choice named `first` what stands first. */
  async fillForm(
    card: Pick<Card, 'ts'>,
    user: string,
    actionId: string,
    values: Readonly<Record<string, string>>,
    first: readonly string[] = [],
  ): Promise<void> {
    const { slack } = this.world;
    await this.clickOn(card, user, actionId);
    const view = await this.until(
      `the form of ${actionId} is open`,
      10_000,
      () => slack.views(user).at(-1) ?? null,
    );
    const inputs = view.blocks as readonly {
      readonly block_id?: string;
      readonly element?: { readonly options?: readonly { readonly value: string }[] };
    }[];
    const chosen = first.map((id) => [
      id,
      inputs.find(({ block_id }) => block_id === id)?.element?.options?.[0]?.value ?? '',
    ]);
    const answer = await slack.submit({
      ...{ user, viewId: view.id },
      values: { ...values, ...Object.fromEntries(chosen) },
    });
    if ('errors' in answer) throw new Unexpected(`the form was refused: ${JSON.stringify(answer.errors)}`);
  }

  /** The newest card of the war room. */
  card(): Card {
    const found = this.cards().at(-1);
    if (!found) throw new Unexpected('the war room shows no card');
    return found;
  }

  cards(): readonly Card[] {
    return this.world.slack
      .messages('C0WARROOM')
      .filter(
        (message) =>
          message.bot_id !== undefined &&
          !message.ephemeral &&
          (message.thread_ts ?? message.ts) === message.ts &&
          message.metadata !== undefined,
      )
      .map((message) => ({
        ts: message.ts,
        text: message.text,
        words: JSON.stringify(message.blocks ?? []),
        actions: ((message.blocks ?? []) as unknown as Block[]).flatMap((block) =>
          (block.elements ?? []).flatMap((element) => (element.action_id ? [element.action_id] : [])),
        ),
      }));
  }

  cardCount(): number {
    return this.cards().length;
  }

  /** Resolves when the newest card's text is as wanted; every change of its head is printed. */
  async cardShows(what: string, pattern: RegExp, withinMs: number): Promise<Card> {
    return this.until(`the card shows ${what}`, withinMs, () => {
      const card = this.cards().at(-1);
      if (!card) return null;
      const head = plain(card.text.split('\n').slice(0, 3).join(' | '));
      if (head !== this.#shown) {
        this.#shown = head;
        this.say(`card    ${head}`);
      }
      return pattern.test(card.text) ? card : null;
    });
  }

  /** Resolves when the newest card whose text is `of` has the words wanted. */
  async cardAs(what: string, of: RegExp, pattern: RegExp, withinMs: number): Promise<Card> {
    const card = await this.until(`the card shows ${what}`, withinMs, () => {
      const found = this.cards().findLast(({ text }) => of.test(text));
      return found && pattern.test(`${found.text}\n${found.words}`) ? found : null;
    });
    this.say(`card    ${plain(card.text.split('\n').slice(0, 2).join(' | '))}`);
    return card;
  }

  /** Resolves when the card's thread says it. */
  async threadOf(card: Pick<Card, 'ts'>, what: string, pattern: RegExp, withinMs: number): Promise<void> {
    const line = await this.until(`the thread says ${what}`, withinMs, () => {
      const all = this.world.slack.messages('C0WARROOM', card.ts).map(({ text }) => text);
      return all.find((text) => pattern.test(text)) ?? null;
    });
    this.say(`thread  ${plain(line.replaceAll('\n', ' | '))}`);
  }

  async until<T>(what: string, withinMs: number, look: () => T | null | Promise<T | null>): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (performance.now() > deadline)
        throw new Unexpected(`not within ${Math.round(withinMs / 1000)} s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  colour(service: string, colour: 'blue' | 'green'): Colour {
    const route = this.world.cluster.read(
      `/apis/networking.istio.io/v1/namespaces/${WORLD.namespace}/virtualservices/${service}`,
    ) as unknown as {
      spec: { http: { route: { destination: { subset: string }; weight?: number }[] }[] };
    };
    const deployment = this.world.cluster.read(
      `/apis/apps/v1/namespaces/${WORLD.namespace}/deployments/${service}-${colour}`,
    ) as unknown as
      | {
          spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
          status?: { readyReplicas?: number };
        }
      | undefined;
    return {
      weight: route.spec.http[0]?.route.find((entry) => entry.destination.subset === colour)?.weight ?? 0,
      replicas: deployment?.spec.replicas ?? 0,
      ready: deployment?.status?.readyReplicas ?? 0,
      image: deployment?.spec.template.spec.containers[0]?.image ?? '',
    };
  }

  /** ms since the epoch at which the bot wrote a weight to the route, in order. */
  weightWrites(service: string): readonly { readonly at: number; readonly weights: readonly number[] }[] {
    return this.world.cluster
      .requests()
      .filter(
        (request) =>
          request.method === 'PATCH' &&
          request.path.endsWith(`/virtualservices/${service}`) &&
          request.status === 200,
      )
      .flatMap((request) => {
        const operations = request.body as readonly { op: string; path: string; value: unknown }[];
        const weights = operations
          .filter((operation) => operation.op === 'add' && operation.path.endsWith('/weight'))
          .map((operation) => Number(operation.value));
        return weights.length === 0 ? [] : [{ at: request.at, weights }];
      });
  }

  async expectNoFailedRequest(): Promise<void> {
    const counters = Object.entries(await this.world.mesh.counters());
    const sum = (key: 'sent' | 'failed' | 'faulty'): number =>
      counters.reduce((total, [, entry]) => total + entry[key], 0);
    this.say(
      `load    ${sum('sent')} requests sent, ${sum('failed')} failed, ${sum('faulty')} answered 5xx by the version on trial`,
    );
    if (sum('failed') > 0)
      throw new Unexpected(
        `${sum('failed')} requests failed: ${JSON.stringify((await this.world.mesh.failures()).slice(-5))}`,
      );
  }

  expect(what: string, isTrue: boolean, detail = ''): void {
    if (!isTrue) throw new Unexpected(`${what} is not so${detail ? `: ${detail}` : ''}`);
    this.say(`checked ${what}`);
  }
}

const nameOf = (user: string): string => WORLD.users.find((entry) => entry.id === user)?.name ?? user;

/** Slack's date and mention tokens as a terminal shows them. */
export const plain = (text: string): string =>
  text.replaceAll(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1').replaceAll(/[*_`]/g, '');
