/** Events API v2 on loopback: takes what PagerDuty takes, refuses what it refuses, and remembers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

const event = z
  .strictObject({
    routing_key: z.string().length(32, "Length of 'routing_key' is incorrect (should be 32 characters)"),
    event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
    dedup_key: z.string().min(1).max(255),
    client: z.string().optional(),
    client_url: z.string().optional(),
    links: z.array(z.strictObject({ href: z.string(), text: z.string() })).optional(),
    payload: z
      .strictObject({
        summary: z.string().min(1).max(1024),
        source: z.string().min(1),
        severity: z.enum(['critical', 'error', 'warning', 'info']),
        timestamp: z.string(),
        custom_details: z.record(z.string(), z.string()),
      })
      .optional(),
  })
  .refine(
    ({ event_action, payload }) => event_action !== 'trigger' || payload,
    "'payload' is missing or blank",
  );
export type SentEvent = z.output<typeof event>;

export interface PagerDutyStub {
  readonly url: string;
  /** Taken, oldest first. */
  readonly events: readonly SentEvent[];
  /** Requests, the refused ones too. */
  readonly requests: number;
  /** Answers this instead; `hang`: none. null: works. */
  fail(how: { readonly status: number; readonly headers?: Record<string, string> } | 'hang' | null): void;
  close(): Promise<void>;
}

export async function startPagerDuty(): Promise<PagerDutyStub> {
  const events: SentEvent[] = [];
  let requests = 0;
  let failing: Parameters<PagerDutyStub['fail']>[0] = null;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests += 1;
      const answer = (status: number, body: object, headers: Record<string, string> = {}): void => {
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(body));
      };
      if (failing === 'hang') return;
      if (failing) return answer(failing.status, {}, failing.headers);
      if (request.method !== 'POST' || request.url !== '/v2/enqueue') return answer(404, {});
      const read = event.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      if (!read.success)
        return answer(400, {
          status: 'invalid event',
          message: 'Event object is invalid',
          errors: read.error.issues.map(({ message }) => message),
        });
      events.push(read.data);
      answer(202, { status: 'success', message: 'Event processed', dedup_key: read.data.dedup_key });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/enqueue`,
    events,
    get requests() {
      return requests;
    },
    fail: (how) => {
      failing = how;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
