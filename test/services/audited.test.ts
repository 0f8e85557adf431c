import { describe, expect, it } from 'vitest';
import { DabbawalaError } from '../../src/lib/errors.ts';
import { audited, auditedLook } from '../../src/services/audited.ts';
import type { UseCasePorts } from '../../src/services/use-case-ports.ts';
import { createFakeLog } from '../fakes/fake-log.ts';
import { createMemoryStores } from '../fakes/memory-store.ts';
import { ASHA, makeRollout, TARGET } from '../support/rollout-fixtures.ts';

const ACTOR = { person: ASHA, origin: { via: 'command', team: 'T0DABBA', channel: 'C0WARROOM' } } as const;

function open() {
  const stores = createMemoryStores();
  const ports = {
    store: stores.rollouts,
    targets: stores.targets,
    audit: stores.audit,
    clock: stores.clock,
    log: createFakeLog(),
  };
  return { stores, ports: ports as unknown as UseCasePorts };
}

describe('an audited act', () => {
  it.each([
    ['not_allowed', 'denied'],
    ['rollout_running', 'refused'],
    ['store_unavailable', 'failed'],
  ] as const)(
    'that ends in %s is recorded once as %s, and the person hears the same error',
    async (code, outcome) => {
      const { stores, ports } = open();
      const act = async () => Promise.reject(new DabbawalaError(code, 'no'));
      await expect(
        audited(ports, ACTOR, 'deploy.request', { target: TARGET }, act, { version: 'v1' }),
      ).rejects.toMatchObject({ code });
      expect(await stores.targets.readAudit(TARGET)).toMatchObject([
        { action: 'deploy.request', outcome, actor: { id: ASHA.id }, data: { code, version: 'v1' } },
      ]);
    },
  );

  it('that succeeds leaves its record to the script that changed the state', async () => {
    const { stores, ports } = open();
    await audited(ports, ACTOR, 'hold.request', { target: TARGET }, async () => 1);
    expect(await stores.targets.readAudit(TARGET)).toEqual([]);
  });

  it('that only looks is recorded as done', async () => {
    const { stores, ports } = open();
    await auditedLook(ports, ACTOR, 'status.show', { target: TARGET }, async () => 1);
    expect(await stores.targets.readAudit(TARGET)).toMatchObject([
      { action: 'status.show', outcome: 'done' },
    ]);
  });

  it('on a rollout goes to its chain, and on a forged id founds none', async () => {
    const { stores, ports } = open();
    const rollout = makeRollout();
    await stores.rollouts.create(rollout, []);
    const act = async () => Promise.reject(new DabbawalaError('self_approval', 'no'));
    await expect(audited(ports, ACTOR, 'approval.vote', { rolloutId: rollout.id }, act)).rejects.toThrow();
    await expect(
      audited(ports, ACTOR, 'approval.vote', { rolloutId: 'r-forged000000' }, act),
    ).rejects.toThrow();
    expect((await stores.rollouts.readAudit(rollout.id)).map(({ outcome }) => outcome)).toEqual(['denied']);
    expect(await stores.audit.read()).toMatchObject([{ object: 'r-forged000000', outcome: 'denied' }]);
  });

  it('goes on when the record cannot be written', async () => {
    const { stores, ports } = open();
    stores.setDown(true);
    await expect(auditedLook(ports, ACTOR, 'status.show', { target: TARGET }, async () => 7)).resolves.toBe(
      7,
    );
  });
});
