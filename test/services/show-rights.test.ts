import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import type { Person } from '../../src/core/target.ts';
import { DabbawalaError } from '../../src/lib/errors.ts';
import type { Directory } from '../../src/ports/chat.ts';
import { assertMay, VERBS } from '../../src/services/permissions.ts';
import { showRights } from '../../src/services/show-rights.ts';
import { ASHA, BHARAT, CHITRA, TARGET } from '../support/rollout-fixtures.ts';

const config = configSchema.parse({
  slack: { teams: ['T0DABBA'], warRoom: 'C0WARROOM' },
  clusters: { 'mumbai-1': { prometheus: { url: 'http://prometheus.example:9090' } } },
  environments: { prod: { namespace: 'payments', clusters: ['mumbai-1'], production: true } },
  approval: { approvers: { groups: ['S0APPROVE'] } },
  rights: {
    deploy: { users: [ASHA.id] },
    rollback: { groups: ['S0ONCALL', 'S0LEADS'] },
    go: { emails: ['bharat@tiffin.example'] },
    hold: { users: [CHITRA.id] },
  },
  services: {
    'payment-gateway': {
      environments: ['prod'],
      image: 'registry.example/payments/payment-gateway',
      rights: { prod: { hold: { users: [BHARAT.id] } } },
    },
  },
});

const directory = (members: Directory['members']): Directory => ({
  members,
  person: async () => ({ name: null, email: null, isBot: false }),
});
const ANSWERS = directory(async (group) => (group === 'S0ONCALL' ? [BHARAT.id] : [CHITRA.id]));
const away = async (): Promise<never> => {
  throw new DabbawalaError('groups_unavailable', 'Slack does not say who is in the group.');
};
const actor = (person: Person) => ({
  person,
  origin: { via: 'command' as const, team: null, channel: null },
});

async function may(person: Person, from: Directory) {
  const rights = await showRights({ config, directory: from }, actor(person), TARGET);
  return Object.fromEntries(rights.map((right) => [right.verb, right.may]));
}

describe('rights as help shows them', () => {
  it('are those of each act: users, groups, addresses, the service’s own list first', async () => {
    expect(await may(ASHA, ANSWERS)).toMatchObject({
      deploy: 'yes',
      rollback: 'no',
      hold: 'no',
      promote: 'no',
    });
    expect(await may(BHARAT, ANSWERS)).toMatchObject({
      deploy: 'no',
      rollback: 'yes',
      go: 'yes',
      hold: 'yes',
    });
    expect(await may(CHITRA, ANSWERS)).toMatchObject({
      rollback: 'yes',
      hold: 'no',
      status: 'yes',
      history: 'yes',
    });
    for (const person of [ASHA, BHARAT, CHITRA]) {
      const shown = await may(person, ANSWERS);
      for (const verb of VERBS) {
        const allowed = await assertMay(
          { config, directory: ANSWERS } as never,
          actor(person),
          verb,
          TARGET,
        ).then(
          () => 'yes',
          () => 'no',
        );
        expect([person.name, verb, shown[verb]]).toEqual([person.name, verb, allowed]);
      }
    }
  });

  it('say what could not be checked, and only where it matters', async () => {
    expect(await may(ASHA, directory(away))).toMatchObject({
      deploy: 'yes',
      rollback: 'unknown',
      hold: 'no',
    });
    const nameless = { ...BHARAT, email: null };
    expect(await may(nameless, ANSWERS)).toMatchObject({ go: 'unknown', rollback: 'yes' });
    const oneAway = directory(async (group) => (group === 'S0ONCALL' ? [BHARAT.id] : away()));
    expect(await may(BHARAT, oneAway)).toMatchObject({ rollback: 'yes' });
    expect(await may(ASHA, oneAway)).toMatchObject({ rollback: 'unknown' });
  });

  it('wait for no group that does not answer', async () => {
    expect(
      await may(
        ASHA,
        directory(() => new Promise(() => undefined)),
      ),
    ).toMatchObject({
      deploy: 'yes',
      rollback: 'unknown',
    });
  });

  it('ask each group once', async () => {
    const asked: string[] = [];
    await may(
      ASHA,
      directory(async (group) => {
        asked.push(group);
        return [];
      }),
    );
    expect(asked.toSorted()).toEqual(['S0LEADS', 'S0ONCALL']);
  });
});
