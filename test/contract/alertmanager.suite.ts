import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alertmanager, SilenceSpec } from '../../src/ports/alertmanager.ts';

export interface OpenedAlertmanager {
  readonly alertmanager: Alertmanager;
  /** Makes it hold these alerts. */
  fire(alerts: readonly Readonly<Record<string, string>>[]): Promise<void>;
  close(): Promise<void>;
}

/** What every Alertmanager must do. */
export const describeAlertmanager = (name: string, open: () => Promise<OpenedAlertmanager>): void => {
  describe(`silences: ${name}`, () => {
    let opened: OpenedAlertmanager;
    beforeAll(async () => {
      opened = await open();
    }, 30_000);
    afterAll(async () => opened?.close());
    const spec = (more: Partial<SilenceSpec> = {}): SilenceSpec => ({
      matchers: [{ name: 'alertname', value: 'PaymentErrors' }],
      startsAt: Date.now(),
      endsAt: Date.now() + 3_600_000,
      createdBy: 'Asha',
      comment: 'deploying (Dabbawala s-one)',
      ...more,
    });

    it('names the alerts that all labels match, exactly, whatever stands in them', async () => {
      const awkward = 'a "b" \\d\n{x="y"}, e=~".*"';
      await opened.fire([
        { alertname: 'PaymentErrors', service: 'ledger' },
        { alertname: 'PaymentErrors', service: 'wallet' },
        { alertname: 'PaymentErrorsToo', service: 'ledger' },
        { alertname: 'Awkward', path: awkward },
      ]);
      const services = async (...matchers: SilenceSpec['matchers']) =>
        (await opened.alertmanager.alerts(matchers)).map(({ labels }) => labels['service'] ?? '').sort();
      const named = { name: 'alertname', value: 'PaymentErrors' };
      expect(await services(named)).toEqual(['ledger', 'wallet']);
      expect(await services(named, { name: 'service', value: 'wallet' })).toEqual(['wallet']);
      expect(await services(named, { name: 'service', value: '.*' })).toEqual([]);
      expect(await services({ name: 'path', value: awkward })).toEqual(['']);
    });

    it('is found by its id and by words of its comment, until it is ended; a second end changes nothing', async () => {
      const endsAt = Date.now() + 1_800_000;
      const id = await opened.alertmanager.create(spec({ endsAt, comment: 'x (Dabbawala s-two)' }));
      const seen = await opened.alertmanager.find(id);
      expect(seen).toMatchObject({ id, state: 'active' });
      expect(Math.abs((seen?.endsAt ?? 0) - endsAt)).toBeLessThan(1000);
      expect(await opened.alertmanager.findByComment('s-two')).toMatchObject({ id });
      await opened.alertmanager.end(id);
      await opened.alertmanager.end(id);
      expect(await opened.alertmanager.find(id)).toMatchObject({ state: 'expired' });
      expect(await opened.alertmanager.findByComment('s-two')).toBeNull();
    });

    it('is not made of an empty set of labels', async () => {
      const refused = { code: 'alertmanager_refused' };
      await expect(opened.alertmanager.create(spec({ matchers: [] }))).rejects.toMatchObject(refused);
      await expect(opened.alertmanager.alerts([])).rejects.toMatchObject(refused);
    });

    it('that nobody knows is null, and its end no error', async () => {
      const id = '00000000-0000-4000-8000-000000000000';
      expect(await opened.alertmanager.find(id)).toBeNull();
      await opened.alertmanager.end(id);
      expect(await opened.alertmanager.findByComment('s-none')).toBeNull();
    });
  });
};
