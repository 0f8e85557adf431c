import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPagerDuty } from '../../src/adapters/pagerduty.ts';
import type { PageEvent } from '../../src/ports/pager.ts';
import { type PagerDutyStub, startPagerDuty } from '../support/pagerduty-stub.ts';

const KEY = 'k'.repeat(32);
let stub: PagerDutyStub;
beforeEach(async () => {
  stub = await startPagerDuty();
});
afterEach(() => stub.close());

const send = (more: Partial<PageEvent> = {}, key = KEY) =>
  createPagerDuty({ url: stub.url, timeout: 300 }, () => key).send({
    ...{ action: 'trigger', key: 'dabbawala-a-1-1', summary: 'InstanceDown: a is down', source: 'ledger' },
    ...{ severity: 'critical', since: Date.UTC(2026, 10, 25, 3), details: { alertname: 'InstanceDown' } },
    link: 'https://slack.example/archives/C1/p1',
    ...more,
  });

describe('PagerDuty', () => {
  it('is told of an alert, that somebody looks, and its end, under one key', async () => {
    await send();
    await send({ action: 'acknowledge' });
    await send({ action: 'resolve' });
    const [trigger, ...others] = stub.events;
    expect(trigger).toEqual({
      ...{ routing_key: KEY, event_action: 'trigger', dedup_key: 'dabbawala-a-1-1', client: 'Dabbawala' },
      client_url: 'https://slack.example/archives/C1/p1',
      links: [{ href: 'https://slack.example/archives/C1/p1', text: 'Card in Slack' }],
      payload: {
        ...{ summary: 'InstanceDown: a is down', source: 'ledger', severity: 'critical' },
        ...{ timestamp: '2026-11-25T03:00:00.000Z', custom_details: { alertname: 'InstanceDown' } },
      },
    });
    expect(others).toEqual(
      ['acknowledge', 'resolve'].map((event_action) => ({
        ...{ routing_key: KEY, event_action, dedup_key: 'dabbawala-a-1-1' },
      })),
    );
  });

  it('takes the longest words', async () => {
    await send({ summary: 'x'.repeat(5000), source: '', link: null });
    expect(stub.events[0]?.payload).toMatchObject({ summary: 'x'.repeat(1024), source: 'Dabbawala' });
  });

  it('that is busy names when it may be asked again', async () => {
    stub.fail({ status: 429, headers: { 'retry-after': '90' } });
    await expect(send()).rejects.toMatchObject({ code: 'pager_unavailable', data: { retryAfterMs: 90_000 } });
  });

  it.each<[string, Parameters<PagerDutyStub['fail']>[0]]>([
    ['has a fault', { status: 503 }],
    ['does not answer', 'hang'],
  ])('that %s is to be asked again', async (_, how) => {
    stub.fail(how);
    await expect(send()).rejects.toMatchObject({ code: 'pager_unavailable' });
  });

  it('that is not there is to be asked again', async () => {
    await stub.close();
    await expect(send()).rejects.toMatchObject({ code: 'pager_unavailable' });
    stub = await startPagerDuty();
  });

  it('says why it refuses, and shows the key to nobody', async () => {
    const failure = await send({}, 'short-key').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'pager_refused' });
    expect(String(failure)).toContain('should be 32 characters');
    expect(String(failure)).not.toContain('short-key');
  });
});
