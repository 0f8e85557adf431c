/** What an approver reads before the tap: change, steps and times, rules, policies, gates, probes, the way back. */
import type { AdoptionPlan, Plan, TemplateChange, Times } from '../core/rollout/plan.ts';
import { both, context, NOTHING, type Part, section, table } from './blocks.ts';
import {
  adoptionSide,
  amount,
  count,
  duration,
  limitText,
  percent,
  shortDigest,
  versionPlain,
} from './format.ts';
import { scalingLines } from './scaling-lines.ts';
import { escapeEntities, escapeText, grouped } from './text.ts';

const MAX_CHANGES = 8;
const MAX_NAMES = 12;
const MAX_RULES = 20;

export const planSections = (plan: Plan): Part => {
  const parts = plan.adoption
    ? [
        adoptionChange(plan),
        adoptionSteps(plan, plan.adoption),
        rules(plan),
        probesAndGates(plan),
        foot(plan),
      ]
    : [change(plan), steps(plan), rules(plan), probesAndGates(plan), foot(plan)];
  return {
    native: parts.flatMap((part) => part.native),
    classic: parts.flatMap((part) => part.classic),
  };
};

function change(plan: Plan): Part {
  const { from, to, templateChanges } = plan;
  const lines = [
    `*Change* ${escapeEntities(versionPlain(from))} (\`${shortDigest(from.digest)}\`) → ${escapeEntities(versionPlain(to))} (\`${shortDigest(to.digest)}\`)`,
    `Image ${escapeText(to.repository, 200)}, ${count(plan.replicas, 'pod')} as ${plan.candidateColour}; ${plan.stableColour} stays`,
    ...env(templateChanges),
    ...others(templateChanges),
  ];
  if (templateChanges.every((each) => each.what === 'image'))
    lines.push('Nothing else in the pod template changes.');
  lines.push(...troubleLines(plan));
  return both(section(lines.join('\n')));
}

/** Above all else: what the way back would lead to. */
function troubleLines({ forceForward, stableTrouble, from }: Plan): string[] {
  if (!stableTrouble) return [];
  const trouble = escapeText(stableTrouble.text, 300);
  const stable = escapeEntities(versionPlain(from));
  return forceForward
    ? [
        `⚠️ *force-forward* ${trouble}. All traffic goes in one move after the probes. *A rollback is unsafe*: it leads back to ${stable}, and none goes there while it has no ready endpoint.`,
      ]
    : [
        `⚠️ *Stable is broken* ${trouble}. A rollback leads back to that. \`force-forward\` would go to 100 % in one move.`,
      ];
}

/** Names alone: a value may be a secret. */
function adoptionChange(plan: Plan): Part {
  const { from, templateChanges } = plan;
  const candidate = escapeText(adoptionSide(plan, 'candidate') ?? '');
  const stable = escapeText(adoptionSide(plan, 'stable') ?? '');
  const lines = [
    `*Change* ${stable} → ${candidate}, ${count(plan.replicas, 'pod')} of ${escapeEntities(versionPlain(from))} (\`${shortDigest(from.digest)}\`) before and after`,
    plan.kind === 'adopt'
      ? `⚠️ The pods of ${candidate} take part of the traffic *as soon as they are ready*, before the probes: the Service reaches them and the route names no colour yet. It is the same image.`
      : `⚠️ From the moment the route changes until the colours are deleted, ${stable} and ${candidate} share the traffic.`,
    ...env(templateChanges),
    ...others(templateChanges),
  ];
  return both(section(lines.join('\n')));
}

function adoptionSteps(plan: Plan, { autoscaler, original, propagationMs }: AdoptionPlan): Part {
  const { times } = plan;
  const name = escapeText(original);
  const candidate = escapeText(adoptionSide(plan, 'candidate') ?? '');
  const route = `VirtualService ${escapeText(plan.route.name)}`;
  const scaler = autoscaler && `${escapeText(autoscaler.name)} scales ${escapeText(autoscaler.to)}`;
  const steps =
    plan.kind === 'adopt'
      ? [
          `create ${candidate}, wait until ready, probe`,
          `subsets blue and green, then ${duration(propagationMs)} for every proxy to learn of them`,
          scaler,
          `${route}: its one destination becomes blue 100, green 0, in one guarded patch`,
          `no request may reach ${name} any more; else it holds and names who sends them`,
          `watch ${duration(times.bakeMs)}, drain ${duration(times.drainMs)}`,
          `${name} to 0 replicas, kept as the template`,
        ]
      : [
          `${name} back to ${count(plan.replicas, 'pod')} of this image, wait until ready, probe`,
          `${route}: blue and green become the one destination again, in one guarded patch`,
          scaler,
          `watch ${duration(times.bakeMs)}, drain ${duration(times.drainMs)}`,
          'both colours are deleted; the subsets stay',
        ];
  const lines = steps.filter((step) => step !== null).map((step, index) => `${index + 1}. ${step}`);
  return both(section(['*Steps*', ...lines].join('\n')));
}

function env(changes: readonly TemplateChange[]): string[] {
  const ofKind = (kind: TemplateChange['change']): string | null => {
    const names = changes
      .filter((each) => each.what === 'env' && each.change === kind)
      .map((each) => each.path);
    if (names.length === 0) return null;
    const shown = names.slice(0, MAX_NAMES).map((name) => escapeText(name, 60));
    const rest = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    return `${kind} ${shown.join(', ')}${rest}`;
  };
  const parts = [ofKind('added'), ofKind('changed'), ofKind('removed')].filter((part) => part !== null);
  return parts.length === 0 ? [] : [`Env: ${parts.join('; ')}`];
}

function others(changes: readonly TemplateChange[]): string[] {
  const rest = changes.filter((each) => each.what === 'resources' || each.what === 'other');
  const lines = rest.slice(0, MAX_CHANGES).map((each) => {
    const values =
      each.from === null && each.to === null ? each.change : `${value(each.from)} → ${value(each.to)}`;
    return `${escapeText(each.path, 100)}: ${values}`;
  });
  return rest.length > MAX_CHANGES
    ? [...lines, `and ${count(rest.length - MAX_CHANGES, 'more change')}`]
    : lines;
}

const value = (text: string | null): string => (text === null ? 'none' : escapeText(text, 80));

function steps(plan: Plan): Part {
  const { times, analysis } = plan;
  const weights = plan.steps.slice(0, 20).map(String).join(' → ');
  const least = plan.steps.length * times.stepMs + times.bakeMs + times.drainMs;
  const lines = [
    `*Steps* ${weights} %, ${duration(times.stepMs)} each; bake ${duration(times.bakeMs)}, drain ${duration(times.drainMs)}: ${duration(least)} or longer`,
    `Pods ready within ${duration(times.readinessMs)}, probes within ${duration(times.probesMs)}`,
    `*If a rule breaches* ${count(analysis.breachesToRollback, 'time')} in a row: ${wayOut(plan)}. Beyond its critical limit: at once. Under ${analysis.minRequests} requests, ${analysis.errorBurst} failed ones in ${duration(times.windowMs)} are a breach`,
    `*If metrics are unknown* for ${duration(times.blindMs)}: ${unknownPolicy(plan)}`,
    forecast(plan),
  ];
  return both(section(lines.filter((line) => line !== null).join('\n')));
}

function wayOut({ forceForward, from }: Plan): string {
  const stable = escapeEntities(versionPlain(from));
  return forceForward
    ? `weight back to ${stable} where that has a ready endpoint and is not broken by its rules, else it pauses and pages`
    : `weight back to ${stable}`;
}

const unknownPolicy = ({ analysis, times }: { analysis: Plan['analysis']; times: Times }): string =>
  analysis.unknown === 'rollback'
    ? 'it rolls back'
    : `it holds; a mention after ${duration(times.mentionMs)}, escalation after ${duration(times.escalateMs)}, back to stable after ${duration(times.returnMs)}`;

/** Too few requests are seen well, so the policy for unknown metrics does not count; the mentions and the return do. */
function lowTrafficPolicy({ analysis, times }: Plan): string {
  const until = `at partial weight back to stable after ${duration(times.returnMs)}`;
  return analysis.lowTraffic === 'wait'
    ? `the step waits for more, ${until}`
    : `the step holds until an approver lets it go on without evidence, ${until}`;
}

/** Said only where the load at plan time would leave ratio rules without a verdict. */
function forecast(plan: Plan): string | null {
  const { analysis, times } = plan;
  const low = plan.steps.flatMap((step, index) => {
    const requests = plan.forecast[index] ?? null;
    return requests !== null && requests < analysis.minRequests
      ? [`${grouped(requests)} at ${percent(step)}`]
      : [];
  });
  const isUnknown = plan.forecast.length === 0 || plan.forecast.every((requests) => requests === null);
  const policy = lowTrafficPolicy(plan);
  if (isUnknown)
    return `*Load* unknown at plan time; below ${analysis.minRequests} requests in ${duration(times.windowMs)} ${policy}`;
  if (low.length > 0)
    return `⚠️ *Low traffic* requests expected in ${duration(times.windowMs)}: ${low.slice(0, 6).join(', ')}; fewer than ${analysis.minRequests}, so ${policy}`;
  const least = Math.min(...plan.forecast.filter((requests) => requests !== null));
  return `*Load* at least ${grouped(least)} requests in ${duration(times.windowMs)} at each step; ${analysis.minRequests} are needed`;
}

function rules(plan: Plan): Part {
  if (plan.rules.length === 0) return both(section('⚠️ *No rules*: nothing would roll this back by itself.'));
  const rows = plan.rules
    .slice(0, MAX_RULES)
    .map((rule) => [
      rule.title,
      limitText(rule),
      rule.critical === null ? '—' : amount(rule.critical, rule.unit),
    ]);
  if (plan.rules.length > MAX_RULES) rows.push([`and ${plan.rules.length - MAX_RULES} more`, '—', '—']);
  return table([['Rule', 'Limit', 'Critical'], ...rows], ['left', 'right', 'right']);
}

function probesAndGates(plan: Plan): Part {
  const probes = plan.probes
    .slice(0, MAX_NAMES)
    .map((probe) => `${escapeText(probe.name, 40)}${probe.critical ? '' : ' (not critical)'}`);
  if (plan.probes.length > MAX_NAMES) probes.push(`${plan.probes.length - MAX_NAMES} more`);
  const lines = [
    plan.probes.length === 0 ? '*Probes* none' : `*Probes before traffic* ${probes.join(', ')}`,
    ...scalingLines(plan),
    ...gateLines(plan),
    `*Way back* one tap at any time, no approval: ${wayBack(plan)}`,
  ];
  return both(section(lines.join('\n')));
}

const wayBack = (plan: Plan): string =>
  plan.adoption
    ? `the route as it was, ${escapeText(adoptionSide(plan, 'stable') ?? '')} takes all`
    : `weight to ${escapeEntities(versionPlain(plan.from))}${plan.forceForward ? ', *unsafe*: it is broken' : ''}`;

const NOT_KEPT =
  '⚠️ This plan is too large to be kept on the route: if Redis is lost, the rollout is not restored, and on-call is paged instead.';

function gateLines({ gates, isKeptOnRoute }: Pick<Plan, 'gates' | 'isKeptOnRoute'>): string[] {
  const notes = isKeptOnRoute === false ? [NOT_KEPT] : [];
  if (gates.length === 0) return notes;
  const failed = gates.filter((gate) => !gate.passed);
  const unknown = gates.filter((gate) => gate.passed && gate.isUnknown === true);
  const passed = gates
    .filter((gate) => gate.passed && gate.isUnknown !== true)
    .map((gate) => escapeText(gate.gate, 40));
  const rest = passed.length > MAX_NAMES ? ` and ${passed.length - MAX_NAMES} more` : '';
  return [
    ...notes,
    ...failed
      .slice(0, MAX_CHANGES)
      .map((gate) => `⛔ *${escapeText(gate.gate, 40)}* ${escapeText(gate.reason, 300)}`),
    ...(failed.length > MAX_CHANGES
      ? [`and ${count(failed.length - MAX_CHANGES, 'more gate')} in the way`]
      : []),
    ...unknown
      .slice(0, MAX_CHANGES)
      .map((gate) => `❔ *${escapeText(gate.gate, 40)}* ${escapeText(gate.reason, 300)}`),
    ...(passed.length === 0 ? [] : [`*Gates* ✅ ${passed.slice(0, MAX_NAMES).join(', ')}${rest}`]),
  ];
}

function foot(plan: Plan): Part {
  if (plan.digest === '') return NOTHING;
  return both(
    context(
      `Plan \`${escapeText(plan.digest.slice(0, 12), 12)}\` · cluster ${escapeText(plan.cluster, 60)} · namespace ${escapeText(plan.namespace, 64)} · window ${duration(plan.times.windowMs)}, tick ${duration(plan.times.tickMs)}`,
    ),
  );
}
