import type { Story } from './story.ts';

const SERVICE = 'payment-gateway';
const OUTAGE_S = 60;

/** Prometheus is down for a minute at 25 %: a blind rollout holds, and goes on by itself. It is no reason to roll back. */
export const outage: Story = {
  name: 'outage',
  title: 'Prometheus is down for 60 s at 25 %: the rollout holds, then ends promoted',
  async play(player) {
    await player.type('U0ASHA', `/deploy ${SERVICE} v2.3.1 reason="Refund fix"`);
    await player.cardShows('the plan', /WAITING FOR APPROVAL/, 10_000);
    await player.click('U0BHARAT', 'approve');
    await player.until('25 % on the candidate', 120_000, () =>
      player.colour(SERVICE, 'green').weight === 25 ? true : null,
    );
    await player.world.faults.apply({ kind: 'prometheus' });
    player.say('fault   Prometheus is down');
    const ends = performance.now() + OUTAGE_S * 1000;
    await player.cardShows('the hold and its query', /Prometheus/, 30_000);
    let looks = 0;
    await player.until('the end of the outage', (OUTAGE_S + 5) * 1000, () => {
      looks += 1;
      if (player.colour(SERVICE, 'green').weight !== 25)
        throw new Error(
          `the weight moved to ${player.colour(SERVICE, 'green').weight} % while nothing could be seen`,
        );
      return performance.now() >= ends ? true : null;
    });
    player.expect('the weight stayed at 25 % for the whole outage', looks > OUTAGE_S);
    await player.world.faults.apply({ kind: 'prometheus', off: true });
    player.say('fault   Prometheus is up');
    await player.cardShows('the end', /PROMOTED/, 180_000);
    player.expect('all traffic is on the new version', player.colour(SERVICE, 'green').weight === 100);
    await player.expectNoFailedRequest();
  },
};
