import { describe, expect, it } from 'vitest';
import { coloursOf, shortImage } from '../../../sandbox/page/src/api/cluster.ts';
import { readEvent } from '../../../sandbox/page/src/api/events.ts';
import { readWorld } from '../../../sandbox/page/src/api/world.ts';
import { applySuggestion, suggestionsFor, usageFor } from '../../../sandbox/page/src/message/suggestions.ts';
import { carryOver, toWire } from '../../../sandbox/page/src/modal/values.ts';
import { DEPLOY_MODAL } from './fixtures.ts';

const view = { id: 'V1', ...DEPLOY_MODAL } as unknown as Parameters<typeof carryOver>[1];

describe('the world as the page reads it', () => {
  it('is the fixed world of the contract when nothing is said', () => {
    const world = readWorld(null);
    expect(world.people.map((person) => person.name)).toEqual(['Asha', 'Bharat', 'Chitra', 'Dev']);
    expect(world.services.map((service) => service.name)).toEqual([
      'payment-gateway',
      'upi-switch',
      'ledger',
      'refunds',
    ]);
    expect(world.load).toBeNull();
  });

  it('adds up the load of the services and knows the active faults', () => {
    const load = { sent: 10, ok: 9, faulty: 1, failed: 0 };
    const world = readWorld({
      services: [
        { name: 'a', tags: ['v1'], rps: 60, load },
        { name: 'b', tags: ['v2'], rps: 40, load },
      ],
      faults: [{ kind: 'errors', service: 'a', version: 'v1', percent: 3 }],
      slack: { rateLimitedForMs: 900 },
    });
    expect(world.load).toEqual({ sent: 20, ok: 18, faulty: 2, failed: 0 });
    expect(world.rps).toBe(100);
    expect(world.faults.map((fault) => fault.kind)).toEqual(['errors', 'slack429']);
  });

  it('gives a command that it knows its words', () => {
    const world = readWorld({ commands: ['/deploy', '/other'] });
    expect(world.commands.map((one) => one.usage !== '')).toEqual([true, false]);
  });

  it('reads weights, pods and versions from the cluster', () => {
    const deployments = {
      items: [
        {
          metadata: { name: 'ledger-blue' },
          spec: {
            replicas: 2,
            template: { spec: { containers: [{ image: 'r:5000/ledger:v5@sha256:0123456789' }] } },
          },
          status: { readyReplicas: 1 },
        },
      ],
    };
    const routes = {
      items: [
        {
          spec: {
            http: [
              {
                route: [
                  { destination: { host: 'ledger.payments.svc.cluster.local', subset: 'blue' }, weight: 75 },
                  { destination: { host: 'ledger', subset: 'green' }, weight: 25 },
                ],
              },
            ],
          },
        },
      ],
    };
    const [blue, green] = coloursOf(deployments, routes, 'ledger');
    expect(blue).toMatchObject({ weight: 75, ready: 1, wanted: 2 });
    expect(green).toMatchObject({ weight: 25, wanted: 0, image: null });
    expect(shortImage(blue?.image ?? null)).toBe('v5');
    expect(shortImage('r:5000/ledger@sha256:0123456789')).toBe('0123456');
    expect(shortImage('r:5000/ledger')).toBe('—');
  });

  it('takes an event that is not JSON as a hint to read again', () => {
    expect(readEvent('message', '{')).toEqual({ kind: 'message', channel: null, user: null, thread: null });
    expect(readEvent('update', '{"channel":"C1","message":{"user":"U1"}}').channel).toBe('C1');
  });
});

describe('the composer', () => {
  const world = readWorld(null);
  it('offers commands while the first word is typed, then their form', () => {
    expect(suggestionsFor('/d', world).map((one) => one.title)).toEqual(['/dabba', '/deploy']);
    expect(suggestionsFor('/deploy ', world)).toEqual([]);
    expect(usageFor('/deploy pay', world)).toContain('/deploy <service> <version>');
  });

  it('completes a mention', () => {
    const [first] = suggestionsFor('hi @dab', world);
    expect(first && applySuggestion('hi @dab', first)).toBe('hi @dabbawala ');
  });
});

describe('a modal', () => {
  it('begins with its initial values and sends options by their value', () => {
    const values = carryOver(null, view, {});
    expect(toWire(values)).toEqual({ service: null, version: null, pace: 'normal', reason: '', extra: [] });
  });

  it('keeps what was typed when the bot changes it', () => {
    const typed = { ...carryOver(null, view, {}), reason: 'faster' };
    expect(carryOver(view, { ...view, hash: '2' }, typed).reason).toBe('faster');
    expect(carryOver(null, view, typed).reason).toBe('');
  });
});
