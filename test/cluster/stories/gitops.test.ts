/** Services whose objects Argo CD keeps as Git has them: refused, then with the rules that the refusal prints, then without. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { WORLD } from '../../../sandbox/contract.ts';
import type { SeenMessage } from '../../../sandbox/slack/types.ts';
import { type ConfigDoc, edited, paths, serviceOf } from '../../acceptance/support/config.ts';
import { ASHA, BHARAT, CHITRA, Lane, lostRequests, until } from '../../acceptance/support/lane.ts';
import { pasted, plainApplication } from '../argo/application.ts';
import { Argo, TRACKING_LABEL } from '../argo/argo.ts';
import type { Body } from '../lab/api.ts';
import { labFacts } from '../lab/facts.ts';
import { isGivenBack } from './play.ts';
import { type RealWorld, refusals, startRealWorld } from './real-world.ts';
import { HPAS, summary } from './scalers.ts';

const { jq } = labFacts();

describe.skipIf(jq === null)('what Argo CD keeps as Git has it', () => {
  let world: RealWorld;
  let gateway: Lane;
  let ledger: Lane;
  /** Of payment-gateway with its autoscaler, and of ledger. */
  let argo: Argo;
  let books: Argo;
  let config: ConfigDoc;

  beforeAll(async () => {
    const editConfig = (text: string): string => {
      const changed = edited((read) => {
        serviceOf(read, 'ledger')['owner'] = 'acknowledged';
        // Longer than a sync needs.
        for (const name of ['payment-gateway', 'ledger']) serviceOf(read, name).times['step'] = '10s';
      })(text);
      config = parse(changed) as ConfigDoc;
      return changed;
    };
    world = await startRealWorld({ editConfig });
    gateway = new Lane(world, 'payment-gateway');
    ledger = new Lane(world, 'ledger');
    argo = await startArgo('payment-gateway');
    books = await startArgo('ledger');
  }, 180_000);
  afterAll(async () => {
    await argo?.close();
    await books?.close();
    await world?.close();
  }, 60_000);

  /** What the team has in Git: all but the colours, which the bot makes. */
  async function startArgo(service: string): Promise<Argo> {
    const { api } = world.cluster;
    const { template, service: own, rule, route } = paths(service);
    const scaler = summary(world).some((line) => line.startsWith(`${service} `))
      ? [`${HPAS}/${service}`]
      : [];
    const manifests = await Promise.all(
      [template, own, rule, route, ...scaler].map(async (path) => inGit(await api.must('GET', path))),
    );
    // As a chart labels its pods.
    manifests[0].spec.template.metadata.labels[TRACKING_LABEL] = service;
    return Argo.start({
      api,
      jq: jq ?? '',
      application: plainApplication(service, WORLD.namespace),
      manifests,
    });
  }

  /** The operator does what the refusal says: configuration, and a restart. */
  async function acknowledge(service: string): Promise<void> {
    serviceOf(config, service)['owner'] = 'acknowledged';
    await writeFile(join(world.dir, 'bot-0.yml'), stringify(config));
    const [bot] = world.bots;
    await bot?.close();
    await bot?.start();
  }

  const manifest = (manifests: readonly Body[], kind: string): Body =>
    manifests.find((each) => each.kind === kind);
  const pruned = (): readonly string[] =>
    [argo, books].flatMap((each) =>
      each.deeds().flatMap(({ kind, object }) => (kind === 'pruned' ? [object] : [])),
    );

  let snippet = '';

  it('is refused with its owner named, and the rules are printed', async () => {
    const before = gateway.cards().length;
    await gateway.ask(ASHA, '/deploy payment-gateway v2.3.1 reason="try"', /is accepted/);
    await until('its card', () => (gateway.cards().length > before ? true : null));
    const card = await gateway.shows(
      /REFUSED[\s\S]*Argo CD \(application payment-gateway\) manages Deployment payment-gateway, VirtualService payment-gateway, DestinationRule payment-gateway/,
    );
    snippet = codeOf(card);
    expect(gateway.deployment('green')).toBeNull();
    expect(gateway.weights()).toEqual({ blue: 100, green: 0 });
  }, 60_000);

  it('ends promoted with those very rules in the Application, through syncs in mid-shift and after', async () => {
    argo.edit((application) => pasted(application, snippet));
    await acknowledge('payment-gateway');
    await gateway.plan(ASHA, 'v2.3.1');
    await gateway.approve(BHARAT);
    await gateway.weighs('green', 25, 60_000);

    const committedAt = Date.now();
    argo.commit((manifests) => {
      manifest(manifests, 'VirtualService').metadata.labels = { team: 'switch' };
      manifest(manifests, 'DestinationRule').spec.trafficPolicy = {
        connectionPool: { tcp: { maxConnections: 500 } },
      };
    });
    await until('the commit is synced', () => changes(argo, committedAt).length === 2 || null);
    expect(changes(argo, committedAt)).toEqual([
      'DestinationRule payment-gateway',
      'VirtualService payment-gateway',
    ]);
    expect(gateway.weights()).toEqual({ blue: 75, green: 25 });
    expect(summary(world)).toContain('payment-gateway on payment-gateway-blue from 3');

    await gateway.shows(/PROMOTED/, 90_000);
    await isGivenBack(world, paths('payment-gateway').route);
    argo.commit((manifests) => {
      manifest(manifests, 'VirtualService').metadata.labels = { team: 'switch', tier: 'one' };
    });
    await argo.looksAgain();
    expect(gateway.weights()).toEqual({ blue: 0, green: 100 });
    expect(summary(world)).toEqual(['payment-gateway on payment-gateway-green from 2']);
    const { metadata } = await world.cluster.api.must('GET', paths('payment-gateway').route);
    expect(metadata.labels).toMatchObject({ team: 'switch', tier: 'one' });
    expect(gateway.deployment('green')).toMatchObject({ replicas: 3, ready: 3 });
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
  }, 180_000);

  it('acknowledged alone: its first revert is an order to go back, not a fight', async () => {
    await ledger.plan(BHARAT, 'v5.1.0');
    await ledger.approve(CHITRA);
    const approvedAt = Date.now();
    await ledger.shows(
      /ROLLED BACK[\s\S]*argocd-controller lowered the candidate from 25 % to 0 %: taken as a rollback order/,
      90_000,
    );
    expect(ledger.weights()).toEqual({ blue: 100, green: 0 });
    const raised = ledger.weightWrites(approvedAt).filter(({ weights }) => weights.includes(25));
    expect(raised).toHaveLength(1);
    expect(changes(books, approvedAt)).toEqual(['VirtualService ledger']);
    expect(await lostRequests(world)).toEqual([]);
    expect(refusals(world)).toEqual([]);
    await isGivenBack(world, paths('ledger').route);
  }, 180_000);

  it('prunes what is under its label and not in Git, and has pruned no candidate', async () => {
    expect(pruned()).toEqual([]);
    const stray = { ...(await world.cluster.api.must('GET', paths('ledger').service)) };
    world.cluster.seed([
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'stray', namespace: WORLD.namespace, labels: { [TRACKING_LABEL]: 'ledger' } },
        spec: { selector: { app: 'stray' }, ports: stray.spec.ports },
      },
    ]);
    await until('the stray is pruned', () => (pruned().length > 0 ? true : null));
    expect(pruned()).toEqual(['Service stray']);
  }, 60_000);
});

/** Names of what a sync made another since. */
const changes = (argo: Argo, since: number): readonly string[] =>
  [...new Set(argo.deeds(since).flatMap(({ object, isChange }) => (isChange ? [object] : [])))].toSorted();

/** As it stands in a repository: no word of the server's. */
function inGit({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec }: Body): Body {
  const { 'deployment.kubernetes.io/revision': _, ...own } = annotations ?? {};
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations: own }, spec };
}

/** The block of code of a card, as a person copies it. */
function codeOf(card: SeenMessage): string {
  const texts = card.blocks?.map((block) => (block as { text?: { text?: string } }).text?.text ?? '') ?? [];
  const [, code] = /^```\n([\s\S]*)\n```$/.exec(texts.find((text) => text.startsWith('```')) ?? '') ?? [];
  if (code === undefined) throw new Error(`no block of code in ${JSON.stringify(texts)}`);
  return code;
}
