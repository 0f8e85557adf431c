/** One service of the world as people see it: what they type and click, what the card and they alone are told. */
import { setTimeout as delay } from 'node:timers/promises';
import { WORLD } from '../../../sandbox/contract.ts';
import type { SeenMessage, SubmitResult, View } from '../../../sandbox/slack/types.ts';
import type { AnyWorld } from '../../../sandbox/world/world.ts';
import { paths } from './config.ts';

export const ROOM = 'C0WARROOM';
export const ASHA = 'U0ASHA';
export const BHARAT = 'U0BHARAT';
export const CHITRA = 'U0CHITRA';
export const DEV = 'U0DEV';

export type Colour = 'blue' | 'green';

/** Resolves with what `look` finds; fails with `what` and what was seen last when the deadline passes. */
export async function until<T>(
  what: string,
  look: () => T | null | Promise<T | null>,
  withinMs = 10_000,
  seen: () => unknown = () => '',
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline)
      throw new Error(`not within ${Math.round(withinMs)} ms: ${what}\nseen last: ${String(seen())}`);
    await delay(15);
  }
}

/** All that a person reads in a message: text, blocks, attachments of numbers left out. */
export function wordsOf(message: Pick<SeenMessage, 'text'> & { readonly blocks?: unknown }): string {
  const found: string[] = [message.text];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const part of value) walk(part);
    else if (typeof value === 'object' && value !== null)
      for (const [key, part] of Object.entries(value)) {
        if (key === 'text' && typeof part === 'string') found.push(part);
        else if (key !== 'confirm') walk(part);
      }
  };
  walk(message.blocks ?? []);
  return found.join('\n');
}

export interface Element {
  readonly action_id?: string;
  readonly value?: string;
  readonly text?: { readonly text: string };
  readonly confirm?: { readonly title: { readonly text: string }; readonly text: { readonly text: string } };
}

const elementsOf = (message: SeenMessage): readonly Element[] =>
  (message.blocks ?? []).flatMap((block) => (block as { elements?: readonly Element[] }).elements ?? []);

const isAlertCard = ({ blocks }: SeenMessage): boolean =>
  /^card-a-/.test(String((blocks?.[0] as { block_id?: unknown } | undefined)?.block_id ?? ''));

export class Lane {
  readonly world: AnyWorld;
  readonly service: string;

  constructor(world: AnyWorld, service: string) {
    this.world = world;
    this.service = service;
  }

  /** What only this person was told in the war room, oldest first. */
  whispers(user: string): readonly SeenMessage[] {
    return this.world.slack.messages(ROOM, undefined, user).filter((message) => message.ephemeral === true);
  }

  /** Does something and waits until this person alone is told something that matches. */
  async told(user: string, pattern: RegExp, act: () => Promise<unknown>, withinMs = 5000): Promise<string> {
    const before = new Set(this.whispers(user).map((message) => message.ts));
    const fresh = (): string[] =>
      this.whispers(user)
        .filter((message) => !before.has(message.ts))
        .map(wordsOf);
    await act();
    return until(
      `${user} is told ${pattern}`,
      () => fresh().find((words) => pattern.test(words)) ?? null,
      withinMs,
      () => JSON.stringify(fresh()),
    );
  }

  async type(user: string, text: string): Promise<void> {
    const answer = await this.world.slack.command({ user, channel: ROOM, text });
    if (!answer.delivered) throw new Error(`"${text}" was not taken: ${answer.notice ?? answer.error}`);
  }

  /** Types a command and returns the answer that matches. */
  ask(user: string, text: string, pattern: RegExp, withinMs?: number): Promise<string> {
    return this.told(user, pattern, () => this.type(user, text), withinMs);
  }

  cards(): readonly SeenMessage[] {
    return this.world.slack
      .messages(ROOM)
      .filter(
        (message) =>
          message.metadata !== undefined &&
          !message.text.includes('Seen at rest') &&
          !isAlertCard(message) &&
          message.text.split('\n')[0]?.includes(` ${this.service} ·`) === true,
      );
  }

  card(): SeenMessage {
    const found = this.cards().at(-1);
    if (!found) throw new Error(`the war room shows no card of ${this.service}`);
    return found;
  }

  words(): string {
    const card = this.cards().at(-1);
    return card ? wordsOf(card) : '';
  }

  /** The newest card, when it is another than `than` and its words match. */
  shows(pattern: RegExp, withinMs = 15_000): Promise<SeenMessage> {
    return until(
      `the card of ${this.service} shows ${pattern}`,
      () => {
        const card = this.cards().at(-1);
        return card && pattern.test(wordsOf(card)) ? card : null;
      },
      withinMs,
      () => this.words(),
    );
  }

  /** A card that was not there before and has the button. */
  async newCard(before: number, actionId: string, withinMs = 5000): Promise<SeenMessage> {
    return until(
      `a new card of ${this.service} with ${actionId}`,
      () => {
        const cards = this.cards();
        const card = cards.at(-1);
        return card &&
          cards.length > before &&
          elementsOf(card).some(({ action_id }) => action_id === actionId)
          ? card
          : null;
      },
      withinMs,
      () => this.words(),
    );
  }

  /** Asks for a deploy and waits for its plan. */
  async plan(user: string, version: string, reason = 'as planned'): Promise<SeenMessage> {
    const before = this.cards().length;
    await this.ask(user, `/deploy ${this.service} ${version} reason="${reason}"`, /is accepted/);
    return this.newCard(before, 'approve');
  }

  button(actionId: string): Element | null {
    return elementsOf(this.card()).find((element) => element.action_id === actionId) ?? null;
  }

  async hasButton(actionId: string, withinMs = 5000): Promise<Element> {
    return until(
      `a button ${actionId} on the card of ${this.service}`,
      () => this.button(actionId),
      withinMs,
      () => this.words(),
    );
  }

  /** Presses a button of the newest card; with a card, as it was when that was read. */
  async click(user: string, actionId: string, as?: SeenMessage): Promise<void> {
    if (!as) await this.hasButton(actionId);
    const { ts, revision } = as ?? this.card();
    const answer = await this.world.slack.click({
      user,
      channel: ROOM,
      ts,
      actionId,
      ...(as ? { revision } : {}),
    });
    if (!answer.delivered) throw new Error(`the click on ${actionId} was not taken: ${answer.notice}`);
  }

  async approve(user: string): Promise<void> {
    await this.click(user, 'approve');
  }

  thread(card: SeenMessage = this.card()): readonly string[] {
    return this.world.slack
      .messages(ROOM, card.ts)
      .filter((message) => message.ts !== card.ts)
      .map(wordsOf);
  }

  async threadSays(pattern: RegExp, withinMs = 10_000, card: SeenMessage = this.card()): Promise<string> {
    return until(
      `the thread of ${this.service} says ${pattern}`,
      () => this.thread(card).find((line) => pattern.test(line)) ?? null,
      withinMs,
      () => this.thread(card).join('\n'),
    );
  }

  /** The topmost modal of a person, once there is one. */
  view(user: string, callback: string): Promise<View> {
    return until(`${user} sees ${callback}`, () => {
      const view = this.world.slack.views(user).at(-1);
      return view?.callback_id === callback ? view : null;
    });
  }

  submit(user: string, view: View, values: Record<string, unknown>): Promise<SubmitResult> {
    return this.world.slack.submit({ user, viewId: view.id, values });
  }

  weights(): Readonly<Record<Colour, number>> {
    const route = this.world.cluster.read(paths(this.service).route) as unknown as {
      spec: { http: { route: { destination: { subset?: string }; weight?: number }[] }[] };
    };
    const of = (colour: Colour): number =>
      route.spec.http[0]?.route.find(({ destination }) => destination.subset === colour)?.weight ?? 0;
    return { blue: of('blue'), green: of('green') };
  }

  async weighs(
    colour: Colour,
    wanted: number | ((weight: number) => boolean),
    withinMs = 20_000,
  ): Promise<void> {
    const isWanted = typeof wanted === 'number' ? (weight: number) => weight === wanted : wanted;
    await until(
      `${this.service}-${colour} has the weight ${wanted}`,
      () => (isWanted(this.weights()[colour]) ? true : null),
      withinMs,
      () => `${JSON.stringify(this.weights())}\n${this.words()}`,
    );
  }

  /** Weights of the colour that the API server took since, in order, by whoever wrote them with a patch. */
  weightWrites(since = 0): readonly { readonly at: number; readonly weights: readonly number[] }[] {
    return this.world.cluster.requests().flatMap((request) => {
      const isOurs =
        request.method === 'PATCH' && request.path === paths(this.service).route && request.status === 200;
      if (!isOurs || request.at < since) return [];
      const operations = request.body as readonly { op: string; path: string; value: unknown }[];
      const weights = operations
        .filter(({ op, path }) => op === 'add' && path.endsWith('/weight'))
        .map(({ value }) => Number(value));
      return weights.length === 0 ? [] : [{ at: request.at, weights }];
    });
  }

  /** Changes of Deployments of this service that were asked of the API server since. */
  deploymentWrites(since: number): readonly string[] {
    return this.world.cluster
      .requests()
      .filter(
        ({ at, method, path, body }) =>
          at >= since &&
          method !== 'GET' &&
          path.includes('/deployments') &&
          (path.includes(`/${this.service}-`) || JSON.stringify(body ?? '').includes(`"${this.service}-`)),
      )
      .map(({ method, path }) => `${method} ${path}`);
  }

  deployment(
    colour: Colour,
  ): { readonly image: string; readonly replicas: number; readonly ready: number } | null {
    const found = this.world.cluster.read(paths(this.service)[colour]) as unknown as
      | {
          spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
          status?: { readyReplicas?: number };
        }
      | undefined;
    return found
      ? {
          image: found.spec.template.spec.containers[0]?.image ?? '',
          replicas: found.spec.replicas,
          ready: found.status?.readyReplicas ?? 0,
        }
      : null;
  }

  digestOf(tag: string): string {
    return this.world.registry.digestOf(`tiffin/${this.service}`, tag);
  }

  get target(): string {
    return `${this.service}/prod/-`;
  }
}

/** Requests of the load that a rollout lost; must be none. */
export async function lostRequests(world: AnyWorld): Promise<readonly unknown[]> {
  const counters = Object.values(await world.mesh.counters());
  return counters.some(({ failed }) => failed > 0) ? await world.mesh.failures() : [];
}

export const NAMESPACE = WORLD.namespace;
