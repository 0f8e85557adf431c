import { WORLD } from '../contract.ts';
import type { Player } from './player.ts';
import type { Story } from './story.ts';

const SERVICE = 'payment-gateway';
const ALERT = /PaymentErrors · payment-gateway/;
const SHELL = /Terminal shell in container/;

/** What no rule of the rollout sees: a metric of the business in mid-shift, and then a shell in a payment pod. */
export const alerts: Story = {
  name: 'alerts',
  title:
    'an alert after a deploy is answered from its own card; a pod that Falco saw is quarantined and killed',
  async play(player) {
    await player.type('U0ASHA', `/deploy ${SERVICE} v2.3.1 reason="Refund fix"`);
    await player.cardShows('the plan', /WAITING FOR APPROVAL/, 10_000);
    await player.click('U0BHARAT', 'approve');
    await player.cardShows('the first step', /ANALYSING/, 120_000);
    const rollout = player.card();

    await fault(player, 'alert', true);
    const alert = await player.cardAs(
      'the alert, and what changed',
      ALERT,
      /What changed[\s\S]*v2\.3\.1/,
      20_000,
    );
    player.expect(
      'it says how long before the alert the deploy began',
      /before it began/.test(alert.words),
      alert.words,
    );
    await player.clickOn(alert, 'U0ASHA', 'acknowledge');
    await player.cardAs('who looks at it', ALERT, /looks at it since/, 10_000);
    await player.threadOf(alert, 'how the pods are', /Pods of payment-gateway: \d+ of \d+ ready/, 20_000);
    await player.clickOn(alert, 'U0ASHA', 'alert_rollback');
    await player.until('the rollout is rolled back', 120_000, () =>
      player.cards().some(({ ts, text }) => ts === rollout.ts && /ROLLED BACK/.test(text)) ? true : null,
    );
    player.expect(
      'stable has all the traffic',
      player.colour(SERVICE, 'blue').weight === 100 && player.colour(SERVICE, 'green').weight === 0,
    );
    await player.threadOf(alert, 'who rolled back', /Asha rolls back payment-gateway/, 10_000);
    await fault(player, 'alert', false);
    const ended = await player.cardAs('the end, in green', ALERT, /🟢[\s\S]*Ended/u, 20_000);
    player.expect('it is one card from beginning to end', ended.ts === alert.ts);

    await fault(player, 'falco', true);
    const event = await player.cardAs('what Falco saw', SHELL, /Quarantine pod…/, 20_000);
    await player.fillForm(event, 'U0ASHA', 'quarantine', { reason: 'A shell in a payment pod' }, ['pod']);
    await player.cardAs('that a second person is asked', SHELL, /Approval wanted: quarantine pod/, 10_000);
    await player.clickOn(event, 'U0BHARAT', 'alert_approve');
    await player.cardAs('who took it out', SHELL, /quarantined[\s\S]*approved by Bharat/, 20_000);
    player.expect('the pod lives on, alone', quarantined(player).length === 1);
    await player.until('another pod stands in its place', 60_000, () =>
      blues(player).length === 4 && player.colour(SERVICE, 'blue').ready === 3 ? true : null,
    );
    await player.fillForm(event, 'U0ASHA', 'kill_pod', { reason: 'Its memory is secured' });
    await player.cardAs('that a second person is asked again', SHELL, /Approval wanted: kill pod/, 10_000);
    await player.clickOn(event, 'U0BHARAT', 'alert_approve');
    await player.cardAs('that it is killed', SHELL, /killed/, 20_000);
    await player.until('it is gone', 60_000, () => (blues(player).length === 3 ? true : null));
    await player.expectNoFailedRequest();
  },
};

/** Pods that carry our label and no other. */
const quarantined = (player: Player) =>
  blues(player).filter(
    ({ metadata: { labels = {} } }) => Object.keys(labels).join() === 'dabbawala.dev/quarantine',
  );

const blues = ({ world }: Player) =>
  world.cluster
    .list(`/api/v1/namespaces/${WORLD.namespace}/pods`)
    .filter(({ metadata: { name } }) => name.startsWith(`${SERVICE}-blue-`));

async function fault(player: Player, kind: 'alert' | 'falco', isOn: boolean): Promise<void> {
  const { done } = await player.world.faults.apply({
    kind,
    service: SERVICE,
    ...(isOn ? {} : { off: true }),
  });
  player.say(`fault   ${done}`);
}
