/** Requests that reach a candidate before it has any weight came past its route: the next step would not be what it says. */
import type { Sample } from '../../analysis/reading.ts';
import { knownRequests } from '../../analysis/share.ts';
import type { ClientSeen, Observed } from '../decision.ts';
import { isStableGone, planOf } from '../moves.ts';
import type { Plan } from '../plan.ts';
import { probeJobPrefix } from '../probe-job-name.ts';
import type { Rollout } from '../rollout.ts';

export type Bypass =
  | { readonly kind: 'clear' }
  | { readonly kind: 'unknown'; readonly text: string }
  | { readonly kind: 'bypassed'; readonly text: string };

/** Where stable has no pod either, nothing proves that Prometheus sees this service: no series is no request then. */
export function candidateRequests(
  scrapeIntervalMs: number,
  sample: Sample,
  observed: Observed,
): number | null {
  const { requests } = sample.candidate;
  const isAbsent = requests.kind === 'unknown' && requests.reason === 'no_data';
  if (isAbsent && isStableGone(observed)) return 0;
  return knownRequests(sample.candidate, sample.stable, scrapeIntervalMs);
}

/** Over what its clients are asked: no pod that had its name before counts. */
export function strayWindowMs({ candidateAt }: Rollout, { times }: Plan, now: number): number {
  const lived = candidateAt === undefined ? times.windowMs : now - candidateAt;
  return Math.min(times.windowMs, Math.max(lived, 2 * times.scrapeIntervalMs));
}

/** null: not asked on this look. Of an adoption it never is: its pods take Service traffic by plan. */
export function seeBypass(rollout: Rollout, observed: Observed): Bypass | null {
  const { strays, sample, now } = observed;
  const plan = planOf(rollout);
  if (plan.adoption !== undefined || !strays) return null;
  if (strays.kind === 'unknown')
    return {
      kind: 'unknown',
      text: `It is not known whether requests reach the candidate past the route: ${strays.detail}`,
    };
  const others = strays.kind === 'seen' ? strangers(rollout, plan, strays.value) : [];
  if (others.length > 0)
    return { kind: 'bypassed', text: words(plan, others, strayWindowMs(rollout, plan, now)) };
  // An empty answer says nothing while Prometheus itself sees nothing.
  const isBlind = sample && candidateRequests(plan.times.scrapeIntervalMs, sample, observed) === null;
  return isBlind
    ? { kind: 'unknown', text: 'Prometheus does not show yet that no request reaches the candidate' }
    : { kind: 'clear' };
}

const isNameless = (name: string): boolean => name === '' || name === 'unknown';

/** Without our own probes, and without whom the configuration lets through. */
function strangers(rollout: Rollout, plan: Plan, clients: readonly ClientSeen[]): readonly ClientSeen[] {
  const expected = plan.analysis.mayReachCandidate ?? [];
  const jobs = plan.probes
    .filter(({ check }) => check.kind === 'job')
    .map(({ name }) => probeJobPrefix(name));
  const nameless = ownRequests(rollout, plan);
  return clients.filter(({ name, requests }) => {
    if (expected.includes(isNameless(name) ? 'unknown' : name)) return false;
    if (isNameless(name)) return requests > nameless;
    return requests > 0 && !jobs.some((prefix) => name.startsWith(prefix));
  });
}

/**
 * podHttp requests come through the API server, which is no workload of the mesh. Their number is known, and doubled: a
 * look that was cut short is not counted, and a rate over few samples is stretched. One round more, for a process that
 * died before it could write the last one down.
 */
function ownRequests(rollout: Rollout, plan: Plan): number {
  const rounds = plan.probes.filter(({ check }) => check.kind === 'podHttp').length * plan.replicas;
  return rounds === 0 || rollout.phase !== 'probing' ? 0 : 2 * (rollout.probeRequests ?? 0) + rounds;
}

function words({ candidateColour }: Plan, clients: readonly ClientSeen[], windowMs: number): string {
  const requests = clients.reduce((sum, client) => sum + client.requests, 0);
  const rps = Math.max(0.1, Math.round((requests / (windowMs / 1000)) * 10) / 10);
  const names = clients.map(({ name }) => (isNameless(name) ? 'clients without a sidecar' : name));
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${candidateColour} gets about ${rps} requests/s past the route, before it has any weight, from ${names.slice(0, 5).join(', ')}${more}`;
}
