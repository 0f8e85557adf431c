import { describe, expect, it } from 'vitest';
import { assertMay } from '../../src/services/permissions.ts';
import type { Actor } from '../../src/services/services.ts';
import type { UseCasePorts } from '../../src/services/use-case-ports.ts';

const TARGET = { service: 'ledger', environment: 'prod', region: null };
const actor: Actor = {
  person: { id: 'U0DEV', name: 'Dev', email: null },
  origin: { via: 'command', team: 'T0DABBA', channel: 'C0WARROOM' },
};
const NAMES: Readonly<Record<string, string>> = { U0ASHA: 'Asha', U0BHARAT: 'Bharat' };

const refusal = async (
  people: object | undefined,
  members: readonly string[],
  person: (id: string) => Promise<{ name: string | null }> = async (id) => ({ name: NAMES[id] ?? null }),
): Promise<string> => {
  const ports = {
    config: { services: {}, rights: people ? { deploy: people } : {} },
    directory: { members: async () => members, person },
  } as unknown as UseCasePorts;
  return assertMay(ports, actor, 'deploy', TARGET).then(
    () => 'allowed',
    (error: { readonly hint: string }) => error.hint,
  );
};
const people = (more: object) => ({ users: [], groups: [], emails: [], ...more });

describe('a refusal', () => {
  it('names the people who may, those of a group too, and mentions nobody', async () => {
    const hint = await refusal(people({ users: ['U0ASHA'], groups: ['S0ONCALL'] }), ['U0ASHA', 'U0BHARAT']);
    expect(hint).toBe('Allowed: Asha, Bharat (group S0ONCALL).');
  });

  it('counts whom it does not name', async () => {
    const many = Array.from({ length: 9 }, (_, index) => `U0P${index}`);
    expect(await refusal(people({ users: many }), [])).toBe(
      'Allowed: U0P0, U0P1, U0P2, U0P3, U0P4, U0P5, 3 more.',
    );
  });

  it('shows ids where Slack does not say names, or not in time', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    expect(await refusal(people({ users: ['U0ASHA'] }), [], never)).toBe('Allowed: U0ASHA.');
    const fails = () => Promise.reject(new Error('slack is away'));
    expect(await refusal(people({ users: ['U0ASHA'] }), [], fails)).toBe('Allowed: U0ASHA.');
  });

  it('says so where nobody may', async () => {
    expect(await refusal(undefined, [])).toMatch(/nobody: the configuration has no `deploy`/);
    expect(await refusal(people({ groups: ['S0EMPTY'] }), [])).toBe('Allowed: nobody (group S0EMPTY).');
  });

  it('is none for who is listed', async () => {
    expect(await refusal(people({ groups: ['S0ONCALL'] }), ['U0DEV'])).toBe('allowed');
  });
});
