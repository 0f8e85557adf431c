import { describe, expect, it } from 'vitest';
import { changeIncident } from '../../../src/core/incident/change.ts';
import {
  blocksDeploys,
  type IncidentState,
  STATES,
  UPDATES_AT_MOST,
} from '../../../src/core/incident/incident.ts';
import { makeIncident } from '../../support/incident-fixtures.ts';
import { ASHA, BHARAT, T0 } from '../../support/rollout-fixtures.ts';

const AT = T0 + 60_000;
const resolved = makeIncident({ state: 'resolved', resolvedAt: T0 + 1 });

describe('an incident', () => {
  it.each<[IncidentState, readonly IncidentState[]]>([
    ['investigating', ['identified', 'monitoring', 'resolved']],
    ['identified', ['investigating', 'monitoring', 'resolved']],
    ['monitoring', ['investigating', 'identified', 'resolved']],
    ['resolved', ['investigating']],
  ])('that is %s can become %j and nothing else', (state, others) => {
    const before = makeIncident({ state, resolvedAt: state === 'resolved' ? T0 : null });
    for (const to of STATES.filter((each) => each !== state)) {
      const move = () => changeIncident(before, ASHA, AT, { state: to, text: 'because' });
      if (others.includes(to)) expect(move()?.next.state).toBe(to);
      else expect(move).toThrow(`it cannot become ${to}`);
    }
  });

  it('is resolved with a sentence alone, and keeps when', () => {
    expect(() => changeIncident(makeIncident(), ASHA, AT, { state: 'resolved' })).toThrow('a sentence');
    const done = changeIncident(makeIncident(), ASHA, AT, { state: 'resolved', text: 'rolled back' });
    expect(done?.next).toMatchObject({ state: 'resolved', resolvedAt: AT });
    expect(done?.next.updates.at(-1)).toEqual({ at: AT, by: ASHA, state: 'resolved', text: 'rolled back' });
  });

  it('that is over takes no update but its reopening, which forgets its end', () => {
    expect(() => changeIncident(resolved, ASHA, AT, { text: 'hm' })).toThrow('INC-1 is resolved');
    const again = changeIncident(resolved, ASHA, AT, { state: 'investigating', text: 'again' });
    expect(again?.next).toMatchObject({ state: 'investigating', resolvedAt: null });
  });

  it('says what changed, and nothing where nothing did', () => {
    const edit = changeIncident(makeIncident(), BHARAT, AT, {
      ...{ severity: 1, commander: BHARAT, services: ['ledger'], state: 'identified', text: 'the pool' },
    });
    expect(edit?.said).toEqual([
      'identified, was investigating',
      'SEV1, was SEV2',
      'Bharat commands',
      'services: ledger',
      'the pool',
    ]);
    const same = { severity: 2, commander: ASHA, services: ['payment-gateway'] } as const;
    expect(changeIncident(makeIncident(), ASHA, AT, same)).toBeNull();
  });

  it('stays small however long it lasts', () => {
    let incident = makeIncident();
    for (let index = 0; index < UPDATES_AT_MOST + 10; index += 1)
      incident = changeIncident(incident, ASHA, AT + index, { text: `update ${index}` })?.next ?? incident;
    expect(incident.updates).toHaveLength(UPDATES_AT_MOST);
    expect(incident.updates.at(-1)?.text).toBe(`update ${UPDATES_AT_MOST + 9}`);
  });

  it.each([
    [makeIncident({ severity: 1 }), true],
    [makeIncident({ severity: 2 }), true],
    [makeIncident({ severity: 3 }), false],
    [makeIncident({ services: [] }), false],
    [resolved, false],
  ])('keeps deploys away while it is open, SEV1 or SEV2, and names services (%#)', (incident, wanted) => {
    expect(blocksDeploys(incident)).toBe(wanted);
  });
});
