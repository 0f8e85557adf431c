/** Rollouts of the past, so that a rollback has somewhere to go and `history` something to show. In the bot's stored format. */
import { Redis } from 'ioredis';
import { WORLD, type WorldService } from '../contract.ts';
import { type ImageNames, liveRolloutId } from './objects.ts';

type Service = WorldService;

const DAY = 86_400_000;
const PEOPLE = { asha: WORLD.users[0], bharat: WORLD.users[1], chitra: WORLD.users[2] };

export async function seedHistory(
  url: string,
  images: ImageNames,
  services: readonly WorldService[],
  now: number,
): Promise<void> {
  const redis = new Redis(url);
  try {
    // A plain Deployment has no rollouts of ours behind it.
    for (const service of services.filter(({ isPlain }) => !isPlain))
      for (const rollout of pastOf(service, images, now)) {
        const stateKey = `db:{r:${rollout.id}}:s`;
        await redis.hset(stateKey, {
          rev: 1,
          token: 0,
          phase: rollout.phase,
          doc: JSON.stringify(rollout),
          channel: 'C0WARROOM',
          cardRev: 1,
          postedRev: 1,
        });
        await redis.zadd(`db:{svc:${service.name}/prod/-}:h`, rollout.createdAt, rollout.id);
      }
  } finally {
    redis.disconnect();
  }
}

/** Nothing that the bot knew is left. */
export async function wipe(url: string): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}

function pastOf(service: Service, images: ImageNames, now: number) {
  const index = service.tags.indexOf(service.live);
  const before = service.tags[index - 1] ?? service.live;
  const earlier = service.tags[Math.max(0, index - 2)] ?? service.live;
  const revision = (tag: string) => ({
    digest: images.digestOf(service.name, tag),
    tag,
    repository: images.repository(service.name),
  });
  return [
    past(
      service,
      `${liveRolloutId(service.name).slice(0, -2)}01`,
      'promoted',
      revision(earlier),
      revision(before),
      now - 9 * DAY,
      'Settlement file fix',
    ),
    past(
      service,
      liveRolloutId(service.name),
      'promoted',
      revision(before),
      revision(service.live),
      now - 2 * DAY,
      'Retry budget for the UPI partner',
    ),
  ];
}

interface Revision {
  readonly digest: string;
  readonly tag: string;
  readonly repository: string;
}

const person = (user: { readonly id: string; readonly name: string; readonly email: string }) => ({
  id: user.id,
  name: user.name,
  email: user.email,
});

function past(
  service: Service,
  id: string,
  phase: 'promoted',
  from: Revision,
  to: Revision,
  createdAt: number,
  reason: string,
) {
  const target = { service: service.name, environment: 'prod', region: null };
  const policy = {
    users: [],
    groups: ['S0APPROVE'],
    emails: [],
    needed: 1,
    expiryMs: 900_000,
    remindMs: 600_000,
  };
  const decidedAt = createdAt + 120_000;
  const endedAt = createdAt + 31 * 60_000;
  const plan = {
    schemaVersion: 1,
    kind: 'deploy',
    target,
    production: true,
    cluster: 'sandbox',
    namespace: WORLD.namespace,
    from,
    to,
    stableColour: 'green',
    candidateColour: 'blue',
    route: {
      kind: 'istio',
      cluster: 'sandbox',
      namespace: WORLD.namespace,
      name: service.name,
      host: service.name,
      service: service.name,
    },
    template: service.name,
    container: service.name,
    replicas: service.replicas,
    templateHash: '0'.repeat(64),
    templateChanges: [],
    steps: [10, 25, 50, 75, 100],
    rules: [],
    probes: [],
    times: {
      tickMs: 5000,
      readinessMs: 600_000,
      probesMs: 300_000,
      stepMs: 120_000,
      bakeMs: 600_000,
      drainMs: 600_000,
      windowMs: 30_000,
      scrapeIntervalMs: 5000,
      shareMs: 60_000,
      blindMs: 120_000,
      mentionMs: 600_000,
      escalateMs: 1_200_000,
      returnMs: 3_600_000,
    },
    analysis: {
      unknown: 'hold',
      lowTraffic: 'wait',
      breachesToRollback: 2,
      minRequests: 50,
      errorBurst: 10,
      reporter: 'source',
    },
    approval: policy,
    gates: [],
    forecast: [],
    digest: '0'.repeat(64),
  };
  return {
    schemaVersion: 1,
    id,
    kind: 'deploy',
    target,
    version: to.tag,
    requester: person(PEOPLE.asha),
    reason,
    origin: { via: 'command', team: WORLD.team.id, channel: 'C0WARROOM' },
    channel: 'C0WARROOM',
    phase,
    outcome: null,
    cause: { code: 'drained', text: `${to.tag} is stable`, at: endedAt, by: null },
    createdAt,
    phaseSince: endedAt,
    endedAt,
    plan,
    refusal: null,
    approvals: [
      {
        id: 'a1',
        subject: { kind: 'plan' },
        planDigest: plan.digest,
        requester: person(PEOPLE.asha),
        requestedAt: createdAt,
        expiresAt: createdAt + 900_000,
        remindAt: createdAt + 600_000,
        reminded: false,
        policy,
        votes: [
          {
            person: person(PEOPLE.bharat),
            decision: 'approve',
            at: decidedAt,
            reason: null,
            members: ['U0BHARAT', 'U0CHITRA'],
          },
        ],
        state: 'approved',
        decidedAt,
      },
    ],
    asks: [],
    step: 4,
    desiredPercent: 100,
    confirmedPercent: 100,
    peakPercent: 100,
    clock: { knownTicks: 120, neededTicks: 120, lastTickAt: endedAt, blindSince: null },
    breaches: {},
    verdicts: [],
    chart: [],
    observedShare: 100,
    observedRps: null,
    hold: null,
    needsSince: null,
    mentions: 0,
    reasserts: [],
    pausedFrom: null,
    probes: [],
    candidateUid: null,
    drainTowards: 'candidate',
    candidateReady: service.replicas,
    stableReady: 0,
  };
}
