import type { Sample, WorkloadSample } from './reading.ts';
import { isFresh } from './verdict.ts';

/**
 * Requests of one workload in the window. A number counts while its newest sample is fresh: a stalled scrape shows 0 too.
 * No series at all means 0, but only while the other workload's numbers are fresh: otherwise Prometheus itself may be
 * blind. null: not known.
 */
export function knownRequests(
  one: WorkloadSample,
  other: WorkloadSample,
  scrapeIntervalMs: number,
): number | null {
  if (one.requests.kind === 'value')
    return Number.isFinite(one.requests.value) && isFresh(one, scrapeIntervalMs) ? one.requests.value : null;
  if (one.requests.reason !== 'no_data') return null;
  const isOtherSeen = other.requests.kind === 'value' && isFresh(other, scrapeIntervalMs);
  return isOtherSeen ? 0 : null;
}

export interface Share {
  /** Candidate's percent of the pair's requests. */
  readonly percent: number;
  readonly requests: number;
}

/** null: not known, or no request at all. */
export function observedShare(sample: Sample, scrapeIntervalMs: number): Share | null {
  const candidate = knownRequests(sample.candidate, sample.stable, scrapeIntervalMs);
  const stable = knownRequests(sample.stable, sample.candidate, scrapeIntervalMs);
  if (candidate === null || stable === null) return null;
  const requests = candidate + stable;
  return requests > 0 ? { percent: (candidate / requests) * 100, requests } : null;
}

/** Points that a share may miss its weight by: 3, or 3 standard deviations of a binomial share of so many requests. */
export function shareTolerance(percent: number, requests: number): number {
  const p = percent / 100;
  return Math.max(3, 300 * Math.sqrt((p * (1 - p)) / Math.max(1, requests)));
}

export const hasReached = (share: Share, percent: number): boolean =>
  Math.abs(share.percent - percent) <= shareTolerance(percent, share.requests);
