import { beforeEach, describe, expect, it } from 'vitest';
import { createOptionsListener } from '../../src/handlers/options-listener.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createFakeServices, type FakeServices } from '../fakes/fake-services.ts';

let services: FakeServices;
beforeEach(() => {
  services = createFakeServices();
});

const suggest = async (value: string, service: string | null = 'payment-gateway', deadlineMs = 2000) => {
  let answer: { options: { text: { text: string }; value: string }[] } = { options: [] };
  const listen = createOptionsListener({ services, log: createFakeLog(), deadlineMs });
  const values = service === null ? {} : { service: { service: { selected_option: { value: service } } } };
  await listen({
    ack: async (given: typeof answer) => {
      answer = given;
    },
    body: { type: 'block_suggestion', action_id: 'version', value, view: { state: { values } } },
  } as unknown as Parameters<typeof listen>[0]);
  return answer.options;
};

describe('versions to choose from', () => {
  it('come from the registry for the service chosen', async () => {
    expect(await suggest('v2')).toEqual([
      { text: { type: 'plain_text', text: 'v2.3.1 · 2026-11-25' }, value: 'v2.3.1' },
    ]);
    expect(services.of('versions')[0]?.args).toEqual(['payment-gateway', 'v2']);
  });

  it('are at most 100, and none longer than an option may be', async () => {
    const tags = Array.from({ length: 150 }, (_, index) => ({ tag: `v${index}`, createdAt: null }));
    services.answer('versions', async () => [{ tag: 'x'.repeat(200), createdAt: null }, ...tags]);
    expect(await suggest('')).toHaveLength(100);
  });

  it.each([
    ['no service is chosen', async () => suggest('v2', null), 'Pick a service'],
    [
      'the registry fails',
      async () => {
        services.answer('versions', async () => {
          throw new DabbawalaError('registry_unavailable', 'The registry did not answer.');
        });
        return suggest('v2');
      },
      'registry did not answer',
    ],
    [
      'the registry is slow',
      async () => {
        services.answer('versions', () => new Promise(() => undefined));
        return suggest('v2', 'payment-gateway', 10);
      },
      'slow',
    ],
    [
      'nothing matches',
      async () => {
        services.answer('versions', async () => []);
        return suggest('v9');
      },
      'v9',
    ],
  ])('are one hint that is no version when %s', async (_name, ask, words) => {
    const options = await ask();
    expect(options).toHaveLength(1);
    expect(options[0]?.text.text).toContain(words);
    expect(options[0]?.value).toBe('-');
  });
});
