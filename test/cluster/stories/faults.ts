/** Hands that break a real cluster and mend it again, for stories. */

import { until } from '../../acceptance/support/lane.ts';
import { APPLY_PATCH, type Api, type Body } from '../lab/api.ts';
import { SERVICES_NAMESPACE, shipped } from '../lab/bot-account.ts';
import { crdPath } from '../lab/crds.ts';
import { botApi } from '../lab/guard.ts';

const role = (): Body => {
  const found = shipped('rbac.yaml').find(
    ({ kind, metadata }) => kind === 'Role' && metadata.namespace === SERVICES_NAMESPACE,
  );
  if (!found) throw new Error(`deploy/rbac.yaml has no Role in ${SERVICES_NAMESPACE}`);
  return found;
};

interface Taken {
  readonly verb: string;
  readonly resource: string;
  /** A request that the right allows. */
  readonly asks: readonly [method: string, path: string];
}

/** Takes a verb out of the Role that we ship; resolves when the server refuses by it, with what gives it back. */
export async function takeRight(api: Api, { verb, resource, asks }: Taken): Promise<() => Promise<void>> {
  const without = role();
  without.rules = without.rules.flatMap((rule: Body) => {
    if (!rule.resources.includes(resource)) return [rule];
    const verbs = rule.verbs.filter((entry: string) => entry !== verb);
    return verbs.length === 0 ? [] : [{ ...rule, verbs }];
  });
  const bot = await botApi(api);
  const [method, path] = asks;
  const answers = async (isRefused: boolean): Promise<void> => {
    await until(
      `${verb} ${resource} is ${isRefused ? 'refused' : 'allowed'}`,
      async () => {
        const { status } = await bot.send(
          method,
          path,
          method === 'PATCH' ? { body: [], contentType: PATCH } : {},
        );
        return (status === 403) === isRefused ? true : null;
      },
      30_000,
    );
  };
  await api.put(without);
  await answers(true);
  return async () => {
    await api.put(role());
    await answers(false);
    bot.close();
  };
}

const PATCH = 'application/json-patch+json';

/** What a person or a tool would put back: without what the server alone writes. */
export const restorable = ({ apiVersion, kind, metadata, spec }: Body): Body => ({
  apiVersion,
  kind,
  metadata: {
    name: metadata.name,
    namespace: metadata.namespace,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
  },
  spec,
});

const VIRTUAL_SERVICES = crdPath('virtualservices', 'networking.istio.io');
const LIST = `/apis/networking.istio.io/v1/namespaces/${SERVICES_NAMESPACE}/virtualservices`;

export interface LostKind {
  /** Routes as they were, for whoever puts them back. */
  readonly routes: readonly Body[];
  /** The kind alone; its objects are gone with it. */
  bringBack(): Promise<void>;
}

/** Deletes the CRD of VirtualService, and every route with it. */
export async function loseRoutes(api: Api): Promise<LostKind> {
  const crd = await api.must('GET', VIRTUAL_SERVICES);
  const routes = (await api.list(LIST)).map((item) =>
    restorable({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', ...item }),
  );
  await api.remove(VIRTUAL_SERVICES);
  await until('the server has forgotten the kind', async () =>
    (await api.send('GET', LIST)).status === 404 ? true : null,
  );
  return {
    routes,
    bringBack: async () => {
      const { name, annotations, labels } = crd.metadata;
      const body = {
        apiVersion: crd.apiVersion,
        kind: crd.kind,
        metadata: { name, annotations, labels },
        spec: crd.spec,
      };
      await api.must('PATCH', `${VIRTUAL_SERVICES}?fieldManager=lab&force=true`, {
        body,
        contentType: APPLY_PATCH,
      });
      await until(
        'the kind is served again',
        async () => ((await api.send('GET', LIST)).status === 200 ? true : null),
        30_000,
      );
    },
  };
}
