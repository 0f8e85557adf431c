/**
 * Stands in for Argo CD: automated sync with prune and self-heal, server-side apply and server-side diff, resources tracked
 * by label. It looks every second; what is out of sync is synced at once and whole.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Part } from '../../../sandbox/contract.ts';
import { APPLY_PATCH, type Api, type Body, placeOf } from '../lab/api.ts';
import type { Application } from './application.ts';
import { type Jq, respectful, withoutIgnored } from './ignored.ts';

const LOOK_EVERY_MS = 1000;
const MANAGER = 'argocd-controller';
export const TRACKING_LABEL = 'app.kubernetes.io/instance';
/** Collections in which it looks for what is not in Git any more. */
const KINDS = [
  'apis/apps/v1 deployments',
  'apis/batch/v1 jobs',
  'apis/autoscaling/v2 horizontalpodautoscalers',
  'apis/policy/v1 poddisruptionbudgets',
  'apis/networking.istio.io/v1 virtualservices',
  'apis/networking.istio.io/v1 destinationrules',
  'api/v1 services',
] as const;

export interface ArgoOptions {
  readonly api: Api;
  readonly jq: Jq;
  readonly application: Application;
  /** What Git has: whole objects, the tracking label is added. */
  readonly manifests: readonly Body[];
}

/** What a sync did to one object. */
export interface Deed {
  readonly at: number;
  readonly kind: 'applied' | 'pruned';
  /** `VirtualService ledger`. */
  readonly object: string;
  /** Whether anything of it became another. */
  readonly isChange: boolean;
}

const wordsOf = ({ kind, metadata }: Body): string => `${kind} ${metadata.name}`;
const isAnnotated = ({ metadata }: Body, key: string, value: string): boolean =>
  String(metadata.annotations?.[`argocd.argoproj.io/${key}`] ?? '')
    .split(',')
    .includes(value);

/** An object as a diff looks at it. */
const bare = ({ status: _, metadata, ...rest }: Body): Body => {
  const { managedFields: _f, resourceVersion: _r, generation: _g, ...own } = metadata;
  return { ...rest, metadata: own };
};

export class Argo implements Part {
  readonly #options: ArgoOptions;
  readonly #ended = new AbortController();
  readonly #deeds: Deed[] = [];
  readonly #work: Promise<void>;
  #application: Application;
  #manifests: readonly Body[];
  #looks = 0;
  #failure: unknown = null;

  private constructor(options: ArgoOptions) {
    this.#options = options;
    this.#application = options.application;
    this.#manifests = options.manifests;
    this.#work = this.#run();
  }

  /** Resolves when all of Git is in the cluster. */
  static async start(options: ArgoOptions): Promise<Argo> {
    const argo = new Argo(options);
    await argo.looksAgain();
    return argo;
  }

  /** What syncs did, oldest first. */
  deeds(since = 0): readonly Deed[] {
    return this.#deeds.filter(({ at }) => at >= since);
  }

  /** Somebody edits the Application; the next look goes by it. */
  edit(change: (application: Application) => Application): void {
    this.#application = change(this.#application);
  }

  /** A commit: the next look finds it. */
  commit(change: (manifests: Body[]) => void): void {
    const next = structuredClone(this.#manifests) as Body[];
    change(next);
    this.#manifests = next;
  }

  /** Resolves when a look that began after now is over. Rejects with what went wrong in one. */
  async looksAgain(): Promise<void> {
    const wanted = this.#looks + 2;
    while (this.#looks < wanted) {
      if (this.#failure !== null) throw this.#failure;
      await delay(50);
    }
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#work;
    if (this.#failure !== null) throw this.#failure;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ended.signal.aborted) {
        await this.#look();
        this.#looks += 1;
        await delay(LOOK_EVERY_MS, undefined, { signal: this.#ended.signal }).catch(() => undefined);
      }
    } catch (error) {
      this.#failure = error;
    }
  }

  async #look(): Promise<void> {
    const application = this.#application;
    const targets = this.#manifests.map((manifest) => this.#tracked(manifest));
    const extraneous = await this.#extraneous(targets);
    const differs = await Promise.all(targets.map((target) => this.#differs(target, application)));
    const isSynced =
      !differs.includes(true) &&
      extraneous.every((object) => isAnnotated(object, 'compare-options', 'IgnoreExtraneous'));
    if (isSynced) return;
    for (const target of targets) await this.#apply(target, application);
    for (const object of extraneous)
      if (!isAnnotated(object, 'sync-options', 'Prune=false')) await this.#prune(object);
  }

  #tracked(manifest: Body): Body {
    const { metadata } = manifest;
    const labels = { ...metadata.labels, [TRACKING_LABEL]: this.#application.name };
    return { ...manifest, metadata: { ...metadata, labels } };
  }

  /** Under the label and not in Git. What belongs to another object is that object's. */
  async #extraneous(targets: readonly Body[]): Promise<readonly Body[]> {
    const { name, namespace } = this.#application;
    const inGit = new Set(targets.map(wordsOf));
    const lists = await Promise.all(
      KINDS.map(async (place) => {
        const [root, plural] = place.split(' ');
        const path = `/${root}/namespaces/${namespace}/${plural}?labelSelector=${TRACKING_LABEL}%3D${name}`;
        const list = await this.#options.api.must('GET', path);
        const kind = String(list.kind).replace(/List$/, '');
        return list.items.map((item: Body) => ({ ...item, apiVersion: list.apiVersion, kind }));
      }),
    );
    return lists
      .flat()
      .filter(
        (object) => !inGit.has(wordsOf(object)) && (object.metadata.ownerReferences ?? []).length === 0,
      );
  }

  /** As the server would make it, beside what it is; without the ignored fields. */
  async #differs(target: Body, { ignoreDifferences }: Application): Promise<boolean> {
    const { api, jq } = this.#options;
    const live = await api.find(placeOf(target).object);
    if (live === undefined) return true;
    const predicted = await this.#patch(target, '&dryRun=All');
    const [before, after] = await Promise.all(
      [live, predicted].map((object) => withoutIgnored(jq, bare(object), ignoreDifferences)),
    );
    return !isDeepStrictEqual(before, after);
  }

  async #apply(target: Body, { ignoreDifferences, isRespecting }: Application): Promise<void> {
    const { api, jq } = this.#options;
    const live = await api.find(placeOf(target).object);
    const wanted =
      isRespecting && live !== undefined
        ? await respectful(jq, target, bare(live), ignoreDifferences)
        : target;
    const applied = await this.#patch(wanted, '');
    this.#did('applied', target, live === undefined || !isDeepStrictEqual(bare(live), bare(applied)));
  }

  async #prune(object: Body): Promise<void> {
    await this.#options.api.remove(placeOf(object).object);
    this.#did('pruned', object, true);
  }

  #did(kind: Deed['kind'], object: Body, isChange: boolean): void {
    this.#deeds.push({ at: Date.now(), kind, object: wordsOf(object), isChange });
  }

  /** With force: whoever else has a field loses it. */
  #patch(target: Body, query: string): Promise<Body> {
    const path = `${placeOf(target).object}?fieldManager=${MANAGER}&force=true${query}`;
    return this.#options.api.must('PATCH', path, { body: target, contentType: APPLY_PATCH });
  }
}
