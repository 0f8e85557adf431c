import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Owned } from '../../../src/core/rollout/ground.ts';
import { ignoreSnippet } from '../../../src/core/rollout/ignore-snippet.ts';
import { makePlan } from '../../support/rollout-fixtures.ts';

const plan = makePlan();
const NAME = 'payment-gateway';
const owned = (kind: Owned['kind'], owner: string, name = NAME): Owned => ({ kind, name, owner });
const all = (owner: string): readonly Owned[] => [
  owned('Deployment', owner),
  owned('VirtualService', owner),
  owned('DestinationRule', owner),
];
const snippet = (list: readonly Owned[]): string => ignoreSnippet(plan, list);
const MARKS = ['rollout', 'plan-digest', 'step', 'token', 'stable', 'plain'].map(
  (mark) => `/metadata/annotations/dabbawala.dev~1${mark}.${NAME}`,
);

describe('what an owner is told', () => {
  it('Argo CD: exactly the two weights, our annotations, replicas of the template and our subsets', () => {
    expect(parse(snippet(all('Argo CD (application payments)')))).toEqual({
      spec: {
        syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true'] },
        ignoreDifferences: [
          {
            group: 'apps',
            kind: 'Deployment',
            name: NAME,
            namespace: 'payments',
            jsonPointers: [
              '/spec/replicas',
              '/metadata/annotations/dabbawala.dev~1original',
              '/metadata/annotations/dabbawala.dev~1version',
            ],
          },
          {
            group: 'networking.istio.io',
            kind: 'VirtualService',
            name: NAME,
            namespace: 'payments',
            jqPathExpressions: [
              `.spec.http[]?.route[]? | select((.destination.host | split(".")[0]) == "${NAME}" and (.destination.subset == "blue" or .destination.subset == "green")) | .weight`,
            ],
            jsonPointers: MARKS,
          },
          {
            group: 'networking.istio.io',
            kind: 'DestinationRule',
            name: NAME,
            namespace: 'payments',
            jqPathExpressions: ['.spec.subsets[]? | select(.name == "blue" or .name == "green")'],
          },
        ],
      },
    });
  });

  it.each([
    ['HorizontalPodAutoscaler', 'autoscaling', 'minReplicas'],
    ['ScaledObject', 'keda.sh', 'minReplicaCount'],
  ] as const)('of a %s: its minimum, whom it scales, and our marks', (kind, group, minimum) => {
    const pointers = [
      `/spec/${minimum}`,
      '/spec/scaleTargetRef/name',
      ...['floor-of', 'floor', 'own-minimum'].map((mark) => `/metadata/annotations/dabbawala.dev~1${mark}`),
    ];
    expect(parse(snippet([owned(kind, 'Argo CD (application payments)')])).spec.ignoreDifferences).toEqual([
      { group, kind, name: NAME, namespace: 'payments', jsonPointers: pointers },
    ]);
    expect(parse(snippet([owned(kind, 'Flux (Kustomization flux-system/payments)')])).spec.ignore).toEqual([
      { target: { kind, name: NAME }, paths: pointers },
    ]);
  });

  it('a Kustomization of Flux: by pointer, which takes the whole list', () => {
    expect(parse(snippet([owned('VirtualService', 'Flux (Kustomization flux-system/payments)')]))).toEqual({
      spec: {
        ignore: [{ target: { kind: 'VirtualService', name: NAME }, paths: ['/spec/http', ...MARKS] }],
      },
    });
  });

  it('a HelmRelease of Flux: its drift detection', () => {
    expect(parse(snippet([owned('DestinationRule', 'Flux (HelmRelease payments/pg)')]))).toEqual({
      spec: {
        driftDetection: {
          mode: 'enabled',
          ignore: [{ target: { kind: 'DestinationRule', name: NAME }, paths: ['/spec/subsets'] }],
        },
      },
    });
  });

  it('Helm: what the chart must leave out', () => {
    expect(snippet([owned('VirtualService', 'Helm (release payments/pg)')])).toMatch(
      /let the chart leave these out[\s\S]*VirtualService payment-gateway\n\/spec\/http/,
    );
  });

  it('a colour in Git: to take it out, since no rule helps', () => {
    expect(snippet([owned('Deployment', 'Argo CD (application x)', `${NAME}-blue`)])).toBe(
      `# Argo CD (application x): take Deployment ${NAME}-blue out of Git, without pruning it`,
    );
  });

  it('has a block for each owner, and fits a message', () => {
    const text = snippet([
      ...all('Argo CD (application payments)'),
      owned('HorizontalPodAutoscaler', 'Argo CD (application payments)'),
      owned('VirtualService', 'Helm (release x/y)'),
    ]);
    expect(text).toMatch(/^# Argo CD[\s\S]*\n\n# Helm/);
    expect(text.length).toBeLessThan(2900);
  });
});
