import type { Player } from './player.ts';
import type { Story } from './story.ts';

const SERVICE = 'payment-gateway';
const ALERT = /PaymentErrors · payment-gateway/;

/** A metric of the business goes wrong in mid-shift, which no rule of the rollout sees: people see it on the alert's card. */
export const alerts: Story = {
  name: 'alerts',
  title: 'an alert after a deploy names it, and is answered from its own card',
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
    await player.expectNoFailedRequest();
  },
};

async function fault(player: Player, kind: 'alert', isOn: boolean): Promise<void> {
  const { done } = await player.world.faults.apply({
    kind,
    service: SERVICE,
    ...(isOn ? {} : { off: true }),
  });
  player.say(`fault   ${done}`);
}
