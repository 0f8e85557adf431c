/** PodDisruptionBudgets: whom they select, and the one that follows the winner. */
import * as z from 'zod';
import type { Colour } from '../../core/colour.ts';
import type { BudgetState } from '../../core/rollout/autoscaler.ts';
import { isDabbawalaError } from '../../lib/errors.ts';
import type { PodsOfColour } from '../../ports/autoscalers.ts';
import type { Place } from '../../ports/workloads.ts';
import { podTemplateSchema } from './candidate.ts';
import { type KubeClient, type KubeObject, type PatchOperation, pointer } from './client.ts';
import { asColour, COLOUR_LABEL } from './marks.ts';
import { metadataSchema } from './owner.ts';
import { BUDGET } from './resources.ts';

const schema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    selector: z
      .looseObject({
        matchLabels: z.record(z.string(), z.string()).nullish(),
        matchExpressions: z
          .array(
            z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }),
          )
          .nullish(),
      })
      .nullish(),
  }),
});
type KnownBudget = z.output<typeof schema>;
type Labels = Readonly<Record<string, string>>;

/** As policy/v1 has it: an empty selector selects every pod, none selects no pod. */
function selects({ spec: { selector } }: KnownBudget, labels: Labels): boolean {
  if (!selector) return false;
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels));
}

function meets(
  { key, operator, values }: { key: string; operator: string; values?: string[] | null | undefined },
  labels: Labels,
): boolean {
  const value = labels[key];
  const isListed = value !== undefined && (values ?? []).includes(value);
  if (operator === 'In') return isListed;
  if (operator === 'NotIn') return !isListed;
  return operator === 'Exists' ? value !== undefined : value === undefined;
}

const labelsOf = ({ template, colour }: PodsOfColour): Labels => ({
  ...podTemplateSchema.safeParse(template).data?.metadata?.labels,
  [COLOUR_LABEL]: colour,
});

const colourOf = ({ spec }: KnownBudget): Colour | null =>
  asColour(spec.selector?.matchLabels?.[COLOUR_LABEL]);

export async function budgets(
  client: KubeClient,
  { namespace }: Place,
  pods: { readonly stable: PodsOfColour; readonly candidate: PodsOfColour },
  signal?: AbortSignal,
): Promise<readonly BudgetState[] | null> {
  let objects: readonly KubeObject[];
  try {
    objects = await client.list(BUDGET, namespace, '', signal);
  } catch (error) {
    if (isDabbawalaError(error, 'forbidden')) return null;
    throw error;
  }
  const [stable, candidate] = [labelsOf(pods.stable), labelsOf(pods.candidate)];
  return objects.flatMap((object) => {
    const { data } = schema.safeParse(object);
    if (!data) return [];
    const state = {
      name: data.metadata.name,
      colour: colourOf(data),
      selectsStable: selects(data, stable),
      selectsCandidate: selects(data, candidate),
    };
    return state.selectsStable || state.selectsCandidate ? [state] : [];
  });
}

const find = async (
  client: KubeClient,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<KnownBudget | null> =>
  schema.safeParse(await client.find(BUDGET, namespace, name, signal)).data ?? null;

export async function budgetColour(
  client: KubeClient,
  { namespace }: Place,
  name: string,
  signal?: AbortSignal,
): Promise<Colour | null> {
  const budget = await find(client, namespace, name, signal);
  return budget && colourOf(budget);
}

export async function moveBudget(
  client: KubeClient,
  { namespace }: Place,
  name: string,
  to: Colour,
  signal?: AbortSignal,
): Promise<void> {
  const budget = await find(client, namespace, name, signal);
  const from = budget && colourOf(budget);
  if (from === null || from === to) return;
  const path = pointer('spec', 'selector', 'matchLabels', COLOUR_LABEL);
  const operations: PatchOperation[] = [
    { op: 'test', path, value: from },
    { op: 'add', path, value: to },
  ];
  await client.patch(BUDGET, namespace, name, operations, 'state_conflict', signal);
}
