import type { Story } from './story.ts';

const SERVICE = 'payment-gateway';

/** A deploy to the end, then a second one that a person rolls back in mid-shift. Not one request of the load may fail. */
export const happy: Story = {
  name: 'happy',
  title: 'a deploy is promoted, a second one is rolled back by hand in mid-shift',
  async play(player) {
    await player.type('U0ASHA', `/deploy ${SERVICE} v2.3.1 reason="Refund fix"`);
    await player.cardShows('the plan', /WAITING FOR APPROVAL/, 10_000);
    await player.click('U0BHARAT', 'approve');
    await player.cardShows('the end', /PROMOTED/, 180_000);
    player.expect(
      'all traffic is on the new version',
      player.colour(SERVICE, 'green').weight === 100 && player.colour(SERVICE, 'blue').weight === 0,
    );
    await player.until('the former stable is scaled down', 15_000, () =>
      player.colour(SERVICE, 'blue').replicas === 0 && player.colour(SERVICE, 'blue').ready === 0
        ? true
        : null,
    );
    player.expect('the former stable is scaled down and kept', player.colour(SERVICE, 'blue').image !== '');

    await player.type('U0ASHA', `/deploy ${SERVICE} v2.4.0 reason="New settlement file"`);
    await player.cardShows('the second plan', /v2\.4\.0[\s\S]*|WAITING FOR APPROVAL/, 10_000);
    await player.until('the second card', 10_000, () =>
      player.card().text.includes('v2.4.0') && player.card().actions.includes('approve') ? true : null,
    );
    await player.click('U0CHITRA', 'approve');
    await player.until('25 % on the second candidate', 120_000, () =>
      player.colour(SERVICE, 'blue').weight >= 25 ? true : null,
    );
    await player.cardShows('25 %', /25 %/, 15_000);
    await player.type('U0ASHA', `/rollback ${SERVICE} reason="Partner asked"`);
    await player.until('weight 0', 5000, () => (player.colour(SERVICE, 'blue').weight === 0 ? true : null));
    player.say('weight  0 % on the candidate');
    await player.cardShows('rolled back', /ROLLED BACK/, 60_000);
    player.expect('stable has all the traffic', player.colour(SERVICE, 'green').weight === 100);
    await player.until('the candidate is scaled down', 15_000, () =>
      player.colour(SERVICE, 'blue').replicas === 0 ? true : null,
    );
    await player.expectNoFailedRequest();
  },
};
