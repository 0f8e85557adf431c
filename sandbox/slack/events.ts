/** GET /control/events: what happens, as server-sent events. */

import type { ServerResponse } from 'node:http';
import type { State } from './state.ts';
import type { Json, ShownEvent } from './types.ts';

const HEARTBEAT_MS = 15_000;

/** Whom an event concerns alone; null: everybody. */
function only(data: Json): unknown {
  const message = data.message as { visibleTo?: string } | undefined;
  return message?.visibleTo ?? null;
}

export class EventStreams {
  readonly #state: State;
  readonly #open = new Set<ServerResponse>();

  constructor(state: State) {
    this.#state = state;
  }

  /** With a user: others' ephemerals and modals are left out. */
  add(response: ServerResponse, user: string | null): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const write = ({ type, data }: ShownEvent): void => {
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    };
    const listener = (event: ShownEvent): void => {
      const target = only(event.data) ?? (event.type.startsWith('view') ? event.data.user : null);
      if (user === null || target === null || target === undefined || target === user) write(event);
    };
    const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
    heartbeat.unref();
    response.on('close', () => {
      clearInterval(heartbeat);
      this.#state.events.off('shown', listener);
      this.#open.delete(response);
    });
    this.#open.add(response);
    write({ type: 'hello', data: { team: this.#state.world.team.id, now: this.#state.now() } });
    this.#state.events.on('shown', listener);
  }

  close(): void {
    for (const each of this.#open) each.end();
  }
}
