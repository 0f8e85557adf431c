import type { Player } from './player.ts';
import type { Story } from './story.ts';

const SERVICE = 'payment-gateway';

/** The candidate fails 3 % of requests: over the limit of 0.5 %, under the critical one, so two ticks in a row act. */
export const breach: Story = {
  name: 'breach',
  title: 'a candidate that fails 3 % of requests is rolled back by itself',
  async play(player) {
    const { done } = await player.world.faults.apply({
      kind: 'errors',
      service: SERVICE,
      version: 'v2.3.1',
      percent: 3,
    });
    player.say(`fault   ${done}`);
    await player.type('U0ASHA', `/deploy ${SERVICE} v2.3.1 reason="Refund fix"`);
    await player.cardShows('the plan', /WAITING FOR APPROVAL/, 10_000);
    await player.click('U0BHARAT', 'approve');
    await player.cardShows('rolled back', /ROLLED BACK/, 180_000);
    player.expect(
      'stable has all the traffic',
      player.colour(SERVICE, 'blue').weight === 100 && player.colour(SERVICE, 'green').weight === 0,
    );
    player.expect(
      'the card names the rule and its limit',
      /Error rate [\d.]+ % against at most 0\.5 %/.test(player.card().text),
      player.card().text,
    );
    const back = player
      .weightWrites(SERVICE)
      .findLast((write) => write.weights.includes(0) && write.weights.includes(100));
    const first = await firstBreachAt(player);
    player.expect(
      'the way back was written after the breach was visible',
      back !== undefined && first !== null && back.at >= first,
    );
    if (back && first !== null)
      player.say(
        `time    ${((back.at - first) / 1000).toFixed(2)} s from the first breaching sample in Prometheus to weight 0`,
      );
    await player.expectNoFailedRequest();
  },
};

/** First evaluation, at the scrape interval of 1 s, at which the candidate's error rate was over the limit; ms since the epoch. */
async function firstBreachAt({ world }: Player): Promise<number | null> {
  const selector = `reporter="source",destination_workload="${SERVICE}-green"`;
  const query = `sum(increase(istio_requests_total{${selector},response_code=~"5.."}[5s])) / sum(increase(istio_requests_total{${selector}}[5s])) > 0.005`;
  const end = Date.now() / 1000;
  const parameters = new URLSearchParams({ query, start: String(end - 300), end: String(end), step: '0.1' });
  const answer = (await (await fetch(`${world.prometheus.url}/api/v1/query_range?${parameters}`)).json()) as {
    data: { result: { values: [number, string][] }[] };
  };
  const at = answer.data.result[0]?.values[0]?.[0];
  return at === undefined ? null : at * 1000;
}
