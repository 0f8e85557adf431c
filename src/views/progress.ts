/** Where the rollout stands: the steps as a line, the clock of the step, pods, probes. */
import type { ProbeState, Rollout } from '../core/rollout/rollout.ts';
import { both, NOTHING, type Part, section } from './blocks.ts';
import { adoptionSide, count } from './format.ts';
import { isGoingBack } from './headline.ts';
import { escapeText } from './text.ts';

const MAX_STEPS = 12;
const MAX_PROBES = 12;

/** `next`: what happens next, in the same block, so that a phone shows both without a scroll. */
export function progress(rollout: Rollout, next: readonly string[]): Part {
  const lines = [...standing(rollout), ...next];
  return lines.length === 0 ? NOTHING : both(section(lines.join('\n')));
}

function standing(rollout: Rollout): readonly string[] {
  if (rollout.plan === null || rollout.phase === 'awaiting-approval' || rollout.phase === 'closed') return [];
  const isUntouched = rollout.endedAt !== null && rollout.peakPercent === 0;
  const lines = [
    isUntouched ? null : stepsLine(rollout),
    clockLine(rollout),
    podsLine(rollout),
    unsafeLine(rollout),
    ...probeLines(rollout),
  ];
  return lines.filter((line) => line !== null);
}

/** While it runs: who thinks of Roll back reads first where that leads. */
const unsafeLine = ({ plan, endedAt }: Rollout): string | null =>
  plan?.forceForward && plan.stableTrouble && endedAt === null
    ? `⚠️ *A rollback is unsafe*: when this was forced forward, ${escapeText(plan.stableTrouble.text, 300)}`
    : null;

/** `●━●━◉─○─○  10 25 *50* 75 100 %`; ✕ marks where it turned back. */
export function stepsLine(rollout: Rollout): string | null {
  const steps = rollout.plan?.steps ?? [];
  if (steps.length === 0) return null;
  const from =
    steps.length <= MAX_STEPS ? 0 : Math.min(Math.max(0, rollout.step - 5), steps.length - MAX_STEPS);
  const shown = steps.slice(from, from + MAX_STEPS);
  const marks = shown.map((_, index) => mark(rollout, from + index));
  const line = marks
    .map((each, index) => (index === 0 ? each : `${each === '○' || each === '✕' ? '─' : '━'}${each}`))
    .join('');
  const bold = boldStep(rollout);
  const names = shown.map((step, index) => (from + index === bold ? `*${step}*` : `${step}`));
  const more = shown.length < steps.length ? ` (${steps.length} steps)` : '';
  return `${line}  ${names.join(' ')}\u00a0%${more}`;
}

const isBack = (rollout: Rollout): boolean =>
  isGoingBack(rollout) || rollout.phase === 'rolled-back' || rollout.phase === 'failed';

/** The last step whose weight the candidate really had: the step under way may have been one further. */
const turnedAt = ({ plan, peakPercent }: Rollout): number =>
  Math.max(0, plan?.steps.findLastIndex((step) => step <= peakPercent) ?? 0);

function boldStep(rollout: Rollout): number {
  if (isBack(rollout)) return turnedAt(rollout);
  return rollout.phase === 'promoted' || rollout.phase === 'draining' ? -1 : rollout.step;
}

function mark(rollout: Rollout, index: number): string {
  if (isBack(rollout)) {
    const turned = turnedAt(rollout);
    return index < turned ? '●' : index === turned ? '✕' : '○';
  }
  const isWhole =
    ['baking', 'draining', 'promoted'].includes(rollout.phase) || rollout.pausedFrom === 'baking';
  if (isWhole || index < rollout.step) return '●';
  return index === rollout.step ? '◉' : '○';
}

function clockLine(rollout: Rollout): string | null {
  const { phase, clock, plan } = rollout;
  const isTimed = phase === 'analysing' || phase === 'baking' || phase === 'paused';
  if (plan === null || !isTimed || rollout.step < 0 || clock.neededTicks <= 0) return null;
  const name =
    phase === 'baking' || rollout.pausedFrom === 'baking'
      ? 'Bake'
      : `Step ${rollout.step + 1} of ${plan.steps.length}`;
  return `${name}: ${clock.knownTicks} of ${count(clock.neededTicks, 'tick')} judged`;
}

function podsLine(rollout: Rollout): string | null {
  const { plan, phase, candidateReady, stableReady } = rollout;
  if (plan === null || rollout.endedAt !== null) return null;
  const isShort = stableReady < plan.replicas;
  if (phase === 'preparing') {
    const candidate = escapeText(adoptionSide(plan, 'candidate') ?? plan.candidateColour);
    const stable = escapeText(adoptionSide(plan, 'stable') ?? plan.stableColour);
    return `Pods ready: *${candidateReady} of ${plan.replicas}* (${candidate}); stable ${stableReady} of ${plan.replicas} (${stable})`;
  }
  if (phase === 'planning') return null;
  const isLacking = candidateReady < plan.replicas && !isGoingBack(rollout);
  return isLacking || isShort
    ? `Pods ready: candidate ${candidateReady} of ${plan.replicas}, stable ${stableReady} of ${plan.replicas}`
    : null;
}

const SIGNS: Readonly<Record<ProbeState['status'], string>> = {
  waiting: '◽',
  running: '⏳',
  passed: '✅',
  failed: '🔴',
};

/** All while probing; afterwards only what failed. */
function probeLines(rollout: Rollout): string[] {
  if (rollout.probes.length === 0 || rollout.phase === 'preparing') return [];
  const failed = rollout.probes.filter((probe) => probe.status === 'failed');
  if (rollout.phase !== 'probing') return failed.slice(0, 5).map((probe) => probeLine(rollout, probe));
  const lines = rollout.probes.slice(0, MAX_PROBES).map((probe) => probeLine(rollout, probe));
  const rest = rollout.probes.length - MAX_PROBES;
  return rest > 0 ? [...lines, `and ${count(rest, 'more probe')}`] : lines;
}

function probeLine(rollout: Rollout, probe: ProbeState): string {
  const spec = rollout.plan?.probes.find((each) => each.name === probe.name);
  const weight = spec !== undefined && !spec.critical ? ' (not critical)' : '';
  const attempts = probe.attempts > 1 ? `, attempt ${probe.attempts}` : '';
  const evidence = probe.evidence === '' ? probe.status : escapeText(probe.evidence, 160);
  return `${SIGNS[probe.status]} ${escapeText(probe.name, 40)}${weight}: ${evidence}${attempts}`;
}
