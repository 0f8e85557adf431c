import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BODY_LIMIT } from '../../../src/adapters/slack/slack-app.ts';
import { rolloutCard } from '../../../src/views/rollout-card.ts';
import { cardStates } from '../../support/card-gallery.ts';
import { botUrl, form, send, services, signed, slack, startWorld, stopWorld } from './bot-harness.ts';

beforeEach(startWorld);
afterEach(stopWorld);

describe('what is not let in', () => {
  it('a wrong signature, a missing one, an old and a future timestamp get 401', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    expect((await send(form(), nowS, 'another-secret')).status).toBe(401);
    expect((await fetch(botUrl ?? '', { method: 'POST', body: form() })).status).toBe(401);
    expect((await send(form(), nowS - 302)).status).toBe(401);
    expect((await send(form(), nowS + 302)).status).toBe(401);
    expect(services.calls).toEqual([]);
  });

  it('a replay gets 401, a second delivery 200, and there is one effect', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    expect((await send(form(), nowS)).status).toBe(200);
    expect((await send(form(), nowS)).status).toBe(401);
    expect((await send(form(), nowS - 1)).status).toBe(200);
    expect(services.of('requestDeploy')).toHaveLength(1);
  });

  it('a body over the cap gets 413 before anything is verified, counted or announced', async () => {
    const big = 'x'.repeat(BODY_LIMIT + 1);
    expect((await send(big)).status).toBe(413);
    const stream = new ReadableStream({
      start: (controller) => {
        for (let part = 0; part < 70; part += 1)
          controller.enqueue(new TextEncoder().encode('y'.repeat(1024)));
        controller.close();
      },
    });
    const chunked = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    expect((await fetch(botUrl ?? '', chunked)).status).toBe(413);
  });

  it.each(['null', 'true', '7', '"text"', 'payload=null', 'payload=7'])(
    'a signed body that holds no object gets 400, and the next request is served: %s',
    async (body) => {
      expect((await send(body)).status).toBe(400);
      expect((await send(form())).status).toBe(200);
    },
  );

  it.each(['/slack/./events', '/x/../slack/events?a=b', 'http://other.example/slack/events'])(
    'nor does it get past by another way to write the path: %s',
    async (path) => {
      const nowS = Math.floor(Date.now() / 1000);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const { hostname, port } = new URL(botUrl ?? '');
        request({ hostname, port, path, method: 'POST', headers: signed('null', nowS) }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .once('error', reject)
          .end('null');
      });
      expect(status).toBe(400);
      expect((await send(form())).status).toBe(200);
    },
  );

  it("Slack's own checks do nothing else", async () => {
    expect(await slack.verifyUrl()).toBe(true);
    expect(await slack.sslCheck()).toBe(true);
    const smuggled = await fetch(botUrl ?? '', {
      method: 'POST',
      body: form({ ssl_check: '1' }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(smuggled.status).toBe(200);
    expect(services.calls).toEqual([]);
  });

  it('another path gets 404', async () => {
    expect((await fetch(new URL('/other', botUrl ?? ''))).status).toBe(404);
  });
});

it('the request of a click on any card fits under the cap', () => {
  for (const { name, rollout } of cardStates()) {
    const message = rolloutCard({ rollout, rev: 1 });
    const payload = { message: { ...message, blocks: message.blocks }, actions: [{}], user: {}, state: {} };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    expect(body.length, name).toBeLessThan(BODY_LIMIT * 0.8);
  }
});
