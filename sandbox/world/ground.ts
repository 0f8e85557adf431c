/** What the bot works on: registry, pods, Prometheus, Redis and the cluster, as they are on the first day. */
import { randomBytes } from 'node:crypto';
import { type Cluster, type ClusterView, startCluster } from '../cluster/cluster.ts';
import { type Part, WORLD, type WorldService } from '../contract.ts';
import { type Mesh, startMesh } from '../mesh/mesh.ts';
import { type Prometheus, type Redis, startPrometheus, startRedis } from '../processes/index.ts';
import { type Registry, startRegistry } from '../registry/registry.ts';
import { seedHistory } from './history.ts';
import type { Kubectl } from './kubectl.ts';
import { type ImageNames, worldObjects } from './objects.ts';

const MESH_TOKEN = 'mesh';
/** A person with kubectl: no right of the bot's is theirs to lose. */
export const KUBECTL_TOKEN = 'kubectl';

export interface GroundOptions {
  readonly services: readonly WorldService[];
  readonly rps: number;
  readonly redisCluster: boolean;
  readonly say: (line: string) => void;
  /** Told of every part as soon as it stands, so that it is ended whatever comes after. */
  readonly keep: <T extends Part>(part: T) => T;
}

export interface Ground<C extends ClusterView = Cluster> {
  readonly registry: Registry;
  readonly mesh: Mesh;
  readonly prometheus: Prometheus;
  readonly redis: Redis;
  readonly cluster: C;
  /** A person's hands on it. */
  readonly kubectl: Kubectl;
  /** The bot's token for the cluster. */
  readonly token: string;
  /** How the bot trusts the server's address, as its configuration says it. */
  readonly trust: { readonly insecureHttp: true } | { readonly caFile: string };
  /** Objects, history, traffic as on the first day. The bot must not run meanwhile. */
  restore(): Promise<void>;
}

export async function startGround({
  services,
  rps,
  redisCluster,
  say,
  keep,
}: GroundOptions): Promise<Ground> {
  say('image registry and pods');
  const repositories = services.map(({ name, tags }) => ({ name: `tiffin/${name}`, tags }));
  const registry = keep(await startRegistry({ repositories }));
  const mesh = keep(
    await startMesh({
      digests: registry.digests,
      services: services.map(({ name }) => name),
      rps: withPlain(rps, services),
    }),
  );
  say('Prometheus and Redis');
  const [prometheus, redis] = await Promise.all([
    startPrometheus({ targets: mesh.metricsTargets }).then(keep),
    startRedis({ clusterEnabled: redisCluster }).then(keep),
  ]);
  say('Kubernetes API server');
  const token = randomBytes(16).toString('hex');
  // As a kubelet reports it: a Deployment that names its image by tag alone can be adopted only with this.
  const resolveDigest = async (image: string): Promise<string | null> => {
    const [, name, tag] = /^[^/]+\/(.+):([^:/@]+)$/.exec(image) ?? [];
    return name === undefined || tag === undefined ? null : registry.digestOf(name, tag);
  };
  const otherTokens = { [MESH_TOKEN]: 'mesh', [KUBECTL_TOKEN]: 'kubectl' };
  const cluster = keep(await startCluster({ token, otherTokens, runtime: mesh.runtime, resolveDigest }));
  // Ends before the cluster: pods drain until nobody sends, and no proxy hears of their end once it is gone.
  keep({ close: () => mesh.stopLoad() });
  await mesh.connect({ clusterUrl: cluster.url, token: MESH_TOKEN });
  const images: ImageNames = {
    repository: (service) => `${registry.host}/tiffin/${service}`,
    digestOf: (service, tag) => registry.digestOf(`tiffin/${service}`, tag),
  };

  const restore = async (): Promise<void> => {
    await mesh.stopLoad();
    await removeColours(cluster);
    await removeRules(cluster);
    cluster.seed(worldObjects(images, services));
    await cluster.settle(30_000);
    // A cluster client of Redis is not worth having here: a cluster-enabled world starts without a past.
    if (!redisCluster) await seedHistory(redis.url, images, services, Date.now());
    await mesh.startLoad();
    await mesh.resetCounters();
  };
  await restore();
  const kubectl: Kubectl = { url: cluster.url, token: KUBECTL_TOKEN };
  return {
    registry,
    mesh,
    prometheus,
    redis,
    cluster,
    kubectl,
    token,
    trust: { insecureHttp: true },
    restore,
  };
}

/** The services that are not adopted get their requests on top, so that the others have what they always had. */
export const withPlain = (rps: number, services: readonly WorldService[]): number =>
  (rps * services.length) / services.filter(({ isPlain }) => !isPlain).length;

/** The subsets that adoption leaves. */
const removeRules = (cluster: Cluster): Promise<void> =>
  removeAll(cluster, [`/apis/networking.istio.io/v1/namespaces/${WORLD.namespace}/destinationrules`]);

/** Whatever rollouts left: colours, their autoscalers and probe Jobs. */
const removeColours = (cluster: Cluster): Promise<void> =>
  removeAll(cluster, [
    // First: they would bring a colour that is going back to its minimum.
    `/apis/autoscaling/v2/namespaces/${WORLD.namespace}/horizontalpodautoscalers`,
    `/apis/apps/v1/namespaces/${WORLD.namespace}/deployments`,
    `/apis/batch/v1/namespaces/${WORLD.namespace}/jobs`,
  ]);

async function removeAll(cluster: Cluster, places: readonly string[]): Promise<void> {
  for (const place of places)
    for (const object of cluster.list(place)) {
      const answer = await fetch(
        `${cluster.url}${place}/${object.metadata.name}?propagationPolicy=Foreground`,
        {
          method: 'DELETE',
          headers: { authorization: `Bearer ${KUBECTL_TOKEN}` },
        },
      );
      await answer.arrayBuffer();
      await cluster.until(`${place}/${object.metadata.name}`, (left) => left === undefined, 30_000);
    }
}
