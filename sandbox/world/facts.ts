/** What the page's World panel shows beside Slack: read from the cluster and the mesh at the moment of asking. */
import type { ClusterView } from '../cluster/cluster.ts';
import { WORLD } from '../contract.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { ActiveFault } from './faults.ts';

interface Sources {
  readonly cluster: ClusterView;
  readonly mesh: Mesh;
  readonly faults: () => readonly ActiveFault[];
}

interface Route {
  readonly spec?: {
    readonly http?: readonly {
      readonly route: readonly {
        readonly destination: { readonly subset?: string };
        readonly weight?: number;
      }[];
    }[];
  };
}
interface Deployment {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
  readonly metadata?: { readonly annotations?: Record<string, string> };
}

const weightsOf = (colours: readonly { readonly colour: string; readonly weight: number | null }[]) =>
  Object.fromEntries(colours.map(({ colour, weight }) => [colour, weight]));

export async function worldFacts({ cluster, mesh, faults }: Sources): Promise<object> {
  const counters = await mesh.counters();
  const colours = (service: string) => {
    const route = cluster.read(
      `/apis/networking.istio.io/v1/namespaces/${WORLD.namespace}/virtualservices/${service}`,
    ) as Route | undefined;
    return ['blue', 'green'].map((colour) => {
      const deployment = cluster.read(
        `/apis/apps/v1/namespaces/${WORLD.namespace}/deployments/${service}-${colour}`,
      ) as Deployment | undefined;
      return {
        colour,
        weight:
          route?.spec?.http?.[0]?.route.find((entry) => entry.destination.subset === colour)?.weight ?? null,
        version: deployment?.metadata?.annotations?.['dabbawala.dev/version'] ?? null,
        replicas: deployment?.spec?.replicas ?? 0,
        ready: deployment?.status?.readyReplicas ?? 0,
      };
    });
  };
  return {
    services: WORLD.services.map((service) => ({
      name: service.name,
      short: service.short,
      live: service.live,
      tags: service.tags,
      colours: colours(service.name),
      weights: weightsOf(colours(service.name)),
      load: counters[service.name] ?? null,
    })),
    faults: faults(),
    commands: [
      { command: '/dabba', usage: '<verb> …', description: 'Everything; type /dabba help' },
      {
        command: '/deploy',
        usage: '<service> <version> [reason="…"] [dry-run]',
        description: 'Start a deploy',
      },
      { command: '/traffic', usage: '<service> [<percent>]', description: 'Show or shift weights' },
      {
        command: '/incident',
        usage: '[declare | list | status | resolve] …',
        description: 'What is wrong, and who leads',
      },
      { command: '/rollback', usage: '<service> [reason="…"]', description: 'Back to the last good version' },
    ],
  };
}
