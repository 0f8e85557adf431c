/** Somebody else on the route: a person who edits it once, or a controller that puts its weights back every second. */
import { setTimeout as delay } from 'node:timers/promises';
import { KUBECTL_TOKEN } from '../../../sandbox/world/ground.ts';
import { kubectlEdit } from '../../../sandbox/world/kubectl.ts';
import { paths } from '../../acceptance/support/config.ts';
import type { ChaosWorld } from './chaos-world.ts';

interface Route {
  spec: { http: { route: { destination: { subset: string }; weight: number }[] }[] };
}

export const PERSON = 'kubectl-edit';
export const CONTROLLER = 'argocd-controller';
const LOOP_MS = 1000;

async function setCandidate(
  { world }: ChaosWorld,
  service: string,
  percent: number,
  manager: string,
): Promise<void> {
  const kubectl = { url: world.cluster.url, token: KUBECTL_TOKEN };
  await kubectlEdit<Route>(
    kubectl,
    paths(service).route,
    ({ spec }) => {
      for (const entry of spec.http[0]?.route ?? [])
        entry.weight = entry.destination.subset === 'green' ? percent : 100 - percent;
    },
    manager,
  );
}

/** One edit, again only where somebody wrote in between. */
export async function editOnce(chaos: ChaosWorld, service: string, percent: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await setCandidate(chaos, service, percent, PERSON);
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

/** Puts its percent back once a second wherever another is seen, until stopped. */
export function startLoop(chaos: ChaosWorld, service: string, percent: number): { stop(): Promise<void> } {
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      const route = chaos.world.cluster.read(paths(service).route) as unknown as Route;
      const live = route.spec.http[0]?.route.find(({ destination }) => destination.subset === 'green');
      // A lost race is no matter: the next second has another try.
      if (live?.weight !== percent)
        await setCandidate(chaos, service, percent, CONTROLLER).catch(() => undefined);
      await delay(LOOP_MS);
    }
  };
  const running = run();
  return {
    stop: async () => {
      isOver = true;
      await running;
    },
  };
}
