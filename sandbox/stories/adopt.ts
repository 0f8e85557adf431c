import { WORLD } from '../contract.ts';
import { kubectlEdit } from '../world/kubectl.ts';
import type { Player } from './player.ts';
import type { Story } from './story.ts';

const SERVICE = 'refunds';
const NEXT = 'v1.2.1';
const REPLICAS = WORLD.services.find(({ name }) => name === SERVICE)?.replicas ?? 0;
const deployments = `/apis/apps/v1/namespaces/${WORLD.namespace}/deployments`;
const mesh = `/apis/networking.istio.io/v1/namespaces/${WORLD.namespace}`;

interface Container {
  image: string;
  env: { name: string; value: string }[];
}
interface Deployment {
  readonly spec: { readonly replicas: number; template: { spec: { containers: Container[] } } };
  readonly status?: { readonly readyReplicas?: number };
}

const deployment = ({ world }: Player, name: string): Deployment | undefined =>
  world.cluster.read(`${deployments}/${name}`) as unknown as Deployment | undefined;

const routes = ({ world }: Player): unknown =>
  (world.cluster.read(`${mesh}/virtualservices/${SERVICE}`) as unknown as { spec: unknown }).spec;

const subsets = ({ world }: Player): readonly string[] =>
  (
    world.cluster.read(`${mesh}/destinationrules/${SERVICE}`) as unknown as
      | { spec: { subsets: { name: string }[] } }
      | undefined
  )?.spec.subsets.map(({ name }) => name) ?? [];

const envOf = (player: Player, name: string): readonly string[] =>
  deployment(player, name)?.spec.template.spec.containers[0]?.env.map((entry) => entry.name) ?? [];

/** Waits for the next card, has it approved, and waits for its end. */
async function carried(player: Player, cards: number, what: string): Promise<string> {
  const card = await player.until(`${what}: the plan`, 15_000, () => {
    const newest = player.cards().at(-1);
    return player.cardCount() > cards && newest?.actions.includes('approve') ? newest : null;
  });
  await player.click('U0BHARAT', 'approve');
  await player.until(`${what}: approved`, 15_000, () =>
    player.card().actions.includes('approve') ? null : true,
  );
  await player.cardShows(what, /PROMOTED/, 120_000);
  return card.words;
}

/** A plain Deployment under load becomes blue and green, takes a change of its template, and goes back. */
export const adopt: Story = {
  name: 'adopt',
  title: 'a plain Deployment under load becomes blue and green, deploys, and goes back; no request is lost',
  async play(player) {
    const before = structuredClone(routes(player));

    await player.type('U0ASHA', `/deploy ${SERVICE} ${NEXT} reason="Faster refunds"`);
    await player.cardShows('the refusal', /REFUSED/, 15_000);
    player.expect('the refused deploy offers the adoption', player.card().actions.includes('adopt'));
    await player.click('U0ASHA', 'adopt');
    const plan = await carried(player, 1, 'the adoption');
    player.expect('the plan says that its pods take traffic at once', /as soon as they are ready/.test(plan));
    player.expect(
      'all traffic is on blue',
      player.colour(SERVICE, 'blue').weight === 100 && player.colour(SERVICE, 'green').weight === 0,
    );
    player.expect('blue has as many pods', player.colour(SERVICE, 'blue').ready === REPLICAS);
    player.expect('the mesh knows both colours', subsets(player).join() === 'blue,green');
    player.expect('the plain Deployment is kept at 0', deployment(player, SERVICE)?.spec.replicas === 0);
    await player.expectNoFailedRequest();

    await kubectlEdit<Deployment>(player.world.kubectl, `${deployments}/${SERVICE}`, ({ spec }) =>
      spec.template.spec.containers[0]?.env.push({ name: 'REFUND_LIMIT', value: '5000' }),
    );
    player.say('somebody adds REFUND_LIMIT to the template');
    await player.type('U0ASHA', `/deploy ${SERVICE} ${NEXT} reason="Faster refunds"`);
    const diff = await carried(player, 2, 'the deploy');
    player.expect('the plan names the new variable', /added refunds\.REFUND\\?_LIMIT/.test(diff), diff);
    player.expect('green has it', envOf(player, `${SERVICE}-green`).includes('REFUND_LIMIT'));
    player.expect('all traffic is on green', player.colour(SERVICE, 'green').weight === 100);
    await player.expectNoFailedRequest();

    await player.type('U0ASHA', `/dabba adopt ${SERVICE} undo reason="Back to plain"`);
    await carried(player, 3, 'the undo');
    player.expect(
      'the route is what it was',
      JSON.stringify(routes(player)) === JSON.stringify(before),
      JSON.stringify(routes(player)),
    );
    await player.until('the colours are gone', 30_000, () =>
      deployment(player, `${SERVICE}-blue`) || deployment(player, `${SERVICE}-green`) ? null : true,
    );
    const plain = deployment(player, SERVICE);
    const digest = player.world.registry.digestOf(`tiffin/${SERVICE}`, NEXT);
    player.expect(
      'the plain Deployment runs what was live, with as many pods',
      plain?.status?.readyReplicas === REPLICAS &&
        plain.spec.template.spec.containers[0]?.image.endsWith(`@${digest}`) === true,
    );
    player.expect('the subsets stay', subsets(player).join() === 'blue,green');
    await player.expectNoFailedRequest();
  },
};
