/** The configuration file's shape. Defaults are the product's promises; config/schema.json and docs/configuration.md are generated from here. */
import * as z from 'zod';
import { alertsSchema } from './alerts-schema.ts';
import { crossFaults, probeNeeds } from './cross-check.ts';

const dns = (max: number) =>
  z
    .string()
    .max(max, `must have at most ${max} characters`)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and dashes (DNS-1123)')
    .meta({ title: `name of at most ${max}` });
const slackId = (prefix: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^[${prefix}][A-Z0-9]{2,}$`), `must be a Slack ${what} id`)
    .meta({ title: `Slack ${what} id` });
const slashName = z
  .string()
  .regex(/^\/[a-z0-9_-]{1,31}$/, 'must be a slash and at most 31 lower-case letters, digits, - and _')
  .meta({ title: 'slash command' });
const DURATION = 'must be a duration such as 500ms, 5s, 10m, 1h';
const duration = z
  .union([z.int(DURATION).nonnegative(DURATION), z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, DURATION)], {
    error: DURATION,
  })
  .meta({
    id: 'duration',
    title: 'duration',
    description: 'Such as 500ms, 5s, 10m, 1h; a bare number is ms.',
  })
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, amount, unit] = /^([\d.]+)(ms|s|m|h)$/.exec(value) ?? [];
    return Math.round(Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit ?? 'ms'] ?? 1));
  });

const people = z.strictObject({
  users: z.array(slackId('UW', 'user')).default([]).describe('Slack user ids.'),
  groups: z.array(slackId('S', 'user group')).default([]).describe('Slack user group ids.'),
  emails: z.array(z.email()).default([]).describe('E-mail addresses of people.'),
});

const probe = z
  .strictObject({
    name: dns(40).describe('Shown on the card; unique within the service.'),
    group: z
      .enum([
        'service_health',
        'database',
        'payment_gateway',
        'external_api',
        'performance',
        'business_logic',
      ])
      .describe('Heading under which the card lists it.'),
    kind: z
      .enum(['podHttp', 'job', 'promql', 'tcp'])
      .describe(
        'podHttp: GET on every pod of the candidate, through the API server. job: a Job from the candidate image must complete. promql: one number against `value`. tcp: the bot connects to `host`.',
      ),
    critical: z
      .boolean()
      .default(true)
      .describe('A failed probe that is not critical is shown and stops nothing.'),
    timeout: duration.default(5000).describe('Of one attempt.'),
    retries: z.int().min(0).max(20).default(2).describe('Further attempts after the first.'),
    interval: duration.default(5000).describe('Between two attempts.'),
    path: z.string().startsWith('/').optional().describe('podHttp: path on every pod.'),
    port: z.int().min(1).max(65535).optional().describe('podHttp and tcp: port.'),
    scheme: z.enum(['http', 'https']).default('http').describe('podHttp: how the pod is spoken to.'),
    status: z.int().min(100).max(599).default(200).describe('podHttp: the status that passes.'),
    command: z.array(z.string()).optional().describe('job: command run in the candidate image.'),
    query: z.string().optional().describe('promql: one number; may use $workload and $window.'),
    op: z
      .enum(['<', '<=', '>', '>=', '=='])
      .optional()
      .describe('promql: how the number must compare with `value` to pass.'),
    value: z.number().optional().describe('promql: what the number is compared with.'),
    host: z.string().optional().describe('tcp: host name or address.'),
  })
  .superRefine(
    (value, context) => {
      for (const key of probeNeeds(value))
        context.addIssue({ code: 'custom', path: [key], message: `a ${value.kind} probe needs ${key}` });
    },
    { when: () => true },
  );

const ruleLimits = z.strictObject({
  errorRate: z
    .strictObject({
      limit: z.number().positive().default(0.5).describe('More than this on consecutive ticks is a breach.'),
      critical: z
        .number()
        .positive()
        .nullable()
        .default(5)
        .describe('More than this acts on the first sample; null: no such limit.'),
    })
    .prefault({})
    .describe('Percent of requests answered 5xx.'),
  p95: z
    .strictObject({
      limit: z.number().positive().default(2000).describe('More than this on consecutive ticks is a breach.'),
      critical: z
        .number()
        .positive()
        .nullable()
        .default(null)
        .describe('More than this acts on the first sample; null: no such limit.'),
    })
    .prefault({})
    .describe('95th percentile of the answer time in ms.'),
  own: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(/^[a-z0-9_]{1,40}$/, 'must be at most 40 lower-case letters, digits and _')
          .describe('In audit records; unique within the service.'),
        title: z.string().min(1).max(40).describe('What people read on the card.'),
        query: z
          .string()
          .min(1)
          .max(2000)
          .describe(
            'PromQL that answers one number. Every selector carries `<workloadLabel>="$workload"`, else the plan is refused. `$window` is the other variable.',
          ),
        unit: z.enum(['%', 'ms', 'rps', '']).default('%').describe('Behind the number.'),
        breachWhen: z.enum(['above', 'below']).describe('On which side of the limit a value is a breach.'),
        limit: z.number().describe('Beyond this on consecutive ticks is a breach.'),
        critical: z
          .number()
          .nullable()
          .default(null)
          .describe('Beyond this acts on the first sample; null: no such limit.'),
        isRatio: z.boolean().default(true).describe('A ratio is unknown below `analysis.minRequests`.'),
      }),
    )
    .default([])
    .describe('Rules of the service itself, such as payment success.'),
});

const times = z.strictObject({
  tick: duration.default(5000).describe('Time between two looks at the metrics.'),
  readiness: duration.default(600_000).describe('Wait for the candidate to be ready.'),
  probes: duration.default(300_000).describe('All probes together, before traffic.'),
  step: duration.default(120_000).describe('Analysis per step; only ticks with a verdict count.'),
  bake: duration.default(600_000).describe('Watch at 100 %, the rules still judged.'),
  drain: duration
    .default(600_000)
    .describe(
      'The former stable keeps running this long after the bake, so that the way back is by weight alone.',
    ),
  window: duration
    .default(30_000)
    .describe('Floor of the rate window; the window is max(4 x scrape interval, this).'),
  share: duration.default(60_000).describe('Wait for the observed share to reach a step.'),
  blind: duration.default(120_000).describe('No verdict for this long: the policy for unknown applies.'),
  mention: duration
    .default(600_000)
    .describe('Held, paused or unknown this long: requester and on-call are mentioned.'),
  escalate: duration
    .default(1_200_000)
    .describe('Held, paused or unknown this long: mentioned again, as an escalation.'),
  propagationDelay: duration
    .default(10_000)
    .describe('Adoption: how long a new subset or a changed route may take to reach every proxy.'),
  return: duration.default(3_600_000).describe('Held or paused at partial weight this long: back to stable.'),
});

const approval = z.strictObject({
  approvers: people.prefault({}).describe('Who may approve. The requester never may.'),
  needed: z
    .int()
    .min(0)
    .max(10)
    .default(1)
    .describe('Distinct approvers. 0 only where the environment is not production.'),
  expiry: duration
    .default(900_000)
    .describe('No decision this long: the request closes. Never a default yes.'),
  reminder: duration
    .optional()
    .describe('When the approvers are reminded. Left out: at two thirds of `expiry`.'),
});

const analysis = z.strictObject({
  unknown: z
    .enum(['hold', 'rollback'])
    .default('hold')
    .describe('What to do after `times.blind` without a verdict.'),
  lowTraffic: z
    .enum(['wait', 'approve'])
    .default('wait')
    .describe(
      'Too few requests for a verdict: `wait` until there are enough, at partial weight no longer than `times.return`. `approve`: the same, and an approver may let a step go on without evidence.',
    ),
  breachesToRollback: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe('Consecutive breaches of one rule that roll back. Unknown neither counts nor resets.'),
  minRequests: z
    .int()
    .min(1)
    .default(50)
    .describe('Requests of the candidate in the window below which ratios are unknown.'),
  errorBurst: z
    .int()
    .min(1)
    .default(10)
    .describe('So many failed requests in the window are a breach even below `minRequests`.'),
  reporter: z
    .enum(['source', 'destination'])
    .default('source')
    .describe(
      "Whose view of a request counts in Istio's metrics. The destination misses what never arrived.",
    ),
  mayReachCandidate: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Workloads whose requests to a candidate without weight are no bypass, such as a scraper, as `source_workload` names them; `unknown` is every client without a sidecar.',
    ),
});

const VERBS = [
  'deploy',
  'rollback',
  'traffic',
  'hold',
  'go',
  'promote',
  'adopt',
  'status',
  'history',
  'lock',
  'unlock',
  'alerts',
  'ack',
  'silence',
  'escalate',
  'incident',
  'oncall',
  'quarantine',
  'kill',
  'expect',
] as const;
/** What a card's button does has no command, so no alias either. */
const COMMAND_VERBS = VERBS.filter(
  (verb) => !['ack', 'silence', 'escalate', 'quarantine', 'kill', 'expect'].includes(verb),
);
const rights = z
  .partialRecord(z.enum(VERBS), people)
  .default({})
  .describe(
    'Who may use a verb. A verb that is not listed is allowed to nobody; status, history, alerts and help are open to the channel unless listed; ack, silence, escalate, incident and oncall are allowed to `slack.onCall` unless listed.',
  );

const service = z.strictObject({
  short: z.array(dns(20)).default([]).describe('Short names people may type.'),
  environments: z
    .array(dns(30))
    .min(1)
    .describe('Where it may be deployed: keys of the top-level `environments`.'),
  image: z
    .string()
    .regex(/^[a-z0-9.:-]+(\/[a-z0-9._-]+)+$/, 'must be registry/repository without tag')
    .describe('Repository of the image, with registry host.'),
  container: dns(63).optional().describe('Container whose image is set. Left out: the service name.'),
  template: dns(63)
    .optional()
    .describe('Deployment that carries the pod template. Left out: the service name.'),
  route: z
    .strictObject({
      virtualService: dns(63).optional().describe('Name of the VirtualService. Left out: the service name.'),
      host: z.string().optional().describe('Host of its two destinations. Left out: the service name.'),
    })
    .prefault({})
    .describe('Where the two weights live.'),
  singleton: z
    .boolean()
    .default(false)
    .describe('One at a time alone is safe (leader-elected, cron-like): it is not adopted.'),
  twoVersionsSafe: z.boolean().default(false).describe('A `singleton` that is safe beside another one.'),
  meshClients: z
    .enum(['some', 'none'])
    .default('some')
    .describe('`none`: every request comes through a gateway, so the route need not cover the mesh.'),
  source: z
    .literal('cluster')
    .default('cluster')
    .describe('Who may change the Deployments: `cluster`, this bot alone.'),
  owner: z
    .literal('acknowledged')
    .optional()
    .describe('Argo CD, Flux or Helm manages Deployment or route and was told to leave our fields alone.'),
  workloadLabel: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
    .default('destination_workload')
    .describe("Label that names a Deployment in the metrics of the service's own rules."),
  steps: z
    .array(z.int().min(1).max(100))
    .default([10, 25, 50, 75, 100])
    .describe("The candidate's percent, step by step: rising, the last one 100."),
  rules: ruleLimits
    .prefault({})
    .describe('What the candidate must keep while it has traffic. All are judged on every tick.'),
  probes: z.array(probe).default([]).describe('Looked at before the candidate gets traffic.'),
  analysis: analysis.prefault({}).describe('How samples become a verdict.'),
  times: times.prefault({}).describe('How long things take. Pinned in the plan, part of its digest.'),
  approval: z
    .partialRecord(z.string(), approval)
    .default({})
    .describe('By environment; `default` for the rest.'),
  rights: z
    .partialRecord(z.string(), rights)
    .default({})
    .describe('By environment; `default` for the rest. Wins over the top-level rights, verb by verb.'),
});

const cluster = z.strictObject({
  region: dns(30)
    .nullable()
    .default(null)
    .describe('Told apart by this where an environment has several clusters.'),
  kubeconfig: z
    .string()
    .optional()
    .describe(
      'A kubeconfig file. Left out: the ServiceAccount of the pod, else KUBECONFIG, else ~/.kube/config.',
    ),
  context: z.string().optional().describe('Context of the kubeconfig. Left out: its current one.'),
  server: z.url().optional().describe('Address of the API server, in place of a kubeconfig.'),
  tokenFile: z.string().optional().describe('Token for `server`; read again when the file changes.'),
  caFile: z.string().optional().describe('Certificate authority of `server`, PEM.'),
  insecureHttp: z.boolean().default(false).describe('Allow a plain http:// server: sandbox only.'),
  timeout: duration.default(5000).describe('Of one request to the API server.'),
  prometheus: z
    .strictObject({
      url: z.url().describe('Base address; `/api/v1/query` is added.'),
      timeout: duration.default(3000).describe('Of one query.'),
      scrapeInterval: duration
        .default(15_000)
        .describe('How often the mesh is scraped: samples older than 3 of these are unknown.'),
      tokenFile: z.string().optional().describe('Bearer token; read again for every query.'),
    })
    .describe("The Prometheus that scrapes this cluster's mesh."),
});

export const configSchema = z
  .strictObject({
    slack: z
      .strictObject({
        apiUrl: z.url().default('https://slack.com/api/').describe('Base address of the Web API.'),
        host: z.string().default('0.0.0.0').describe('Address to listen on for Slack requests.'),
        port: z.int().min(0).max(65535).default(3000).describe('Port for Slack requests (HTTP mode).'),
        teams: z.array(slackId('TE', 'team')).min(1).describe('Workspaces whose requests are accepted.'),
        warRoom: slackId('CG', 'channel').describe(
          'The incident channel: cards go here, and commands are accepted.',
        ),
        channels: z
          .partialRecord(
            z.string(),
            z.strictObject({
              environment: dns(30).optional().describe('Meant where a command names none.'),
              service: dns(40).optional().describe('Meant where a command names none.'),
            }),
          )
          .default({})
          .describe(
            'Further channels where commands are accepted, with their defaults. The war room always is.',
          ),
        rootCommand: slashName.default('/dabba').describe('The one command that carries every verb.'),
        aliases: z
          .partialRecord(z.enum(COMMAND_VERBS), slashName.nullable())
          .default({ deploy: '/deploy', traffic: '/traffic', rollback: '/rollback', incident: '/incident' })
          .describe('Slash commands that are aliases of verbs; null leaves one out.'),
        onCall: people
          .omit({ emails: true })
          .prefault({})
          .describe('Who is mentioned when a person must act.'),
        postIntervalMs: z.int().min(0).default(1050).describe('Least time between two posts to one channel.'),
        editIntervalMs: z
          .int()
          .min(0)
          .default(3000)
          .describe('Least time between two edits of one card; with n live cards n x 1.5 s if longer.'),
        editsPerMinute: z
          .int()
          .min(20)
          .default(50)
          .describe(
            "Edits of all cards together. A fifth may go at once, the rest comes evenly; a part is kept for what ended badly or needs a person. Slack's tier 3 is 50 and more.",
          ),
      })
      .describe('The Slack workspace.'),
    server: z
      .strictObject({
        host: z.string().default('0.0.0.0').describe('Address to listen on.'),
        port: z.int().min(0).max(65535).default(9090).describe('Port; 0 takes a free one.'),
      })
      .prefault({})
      .describe('Health (`/healthz`), readiness (`/readyz`) and metrics (`/metrics`).'),
    redis: z
      .strictObject({
        url: z
          .string()
          .regex(/^rediss?:\/\//, 'must be an address that begins with redis:// or rediss://')
          .default('redis://127.0.0.1:6379')
          .describe('Address; `rediss://` for TLS.'),
        cluster: z.boolean().default(false).describe('The address is a node of a Redis Cluster.'),
        sentinel: z
          .strictObject({
            master: z.string().min(1).describe('Name under which the sentinels watch the master.'),
            nodes: z
              .array(
                z
                  .string()
                  .regex(/^rediss?:\/\//, 'must be an address that begins with redis:// or rediss://'),
              )
              .min(1)
              .describe('Addresses of the sentinels; a user and password in them is for the sentinels.'),
          })
          .optional()
          .describe(
            'The master is asked of these sentinels. User, password, database and TLS are those of `url`; its host is not used.',
          ),
        commandTimeout: duration.default(2000).describe('Of one command.'),
      })
      .prefault({})
      .describe('The state store.'),
    registries: z
      .partialRecord(
        z.string(),
        z.strictObject({
          insecureHttp: z.boolean().default(false).describe('Plain http: sandbox only.'),
          usernameEnv: z.string().optional().describe('Environment variable that holds the user name.'),
          passwordEnv: z
            .string()
            .optional()
            .describe('Environment variable that holds the password or token.'),
          timeout: duration.default(3000).describe('Of one request.'),
        }),
      )
      .default({})
      .describe('By registry host. Credentials come from the environment variables named.'),
    clusters: z.record(dns(40), cluster).describe('Kubernetes clusters by a name of your own.'),
    environments: z
      .record(
        dns(30),
        z.strictObject({
          production: z.boolean().default(false).describe('A reason is required, and at least one approver.'),
          namespace: dns(63).describe('Namespace of the services.'),
          clusters: z
            .array(dns(40))
            .min(1)
            .describe('Keys of `clusters`; several need regions of different names.'),
        }),
      )
      .describe('Where services run, by name: `prod`, `staging`.'),
    atRest: z
      .strictObject({
        every: duration
          .default(30_000)
          .refine((ms) => ms >= 1000, 'must be at least 1s')
          .describe('How often a service without a rollout is looked at.'),
      })
      .prefault({})
      .describe('Services that stand as blue and green and have no rollout: is their traffic answered?'),
    defaultEnvironment: dns(30)
      .optional()
      .describe('Meant where neither the command nor its channel names one.'),
    rights,
    approval: approval.prefault({}).describe('Used where a service has none of its own.'),
    services: z.record(dns(40), service).describe('The services that may be deployed, by name.'),
    alerts: alertsSchema(duration, slackId('CG', 'channel'), people.omit({ emails: true }).shape)
      .optional()
      .describe('Prometheus and Falco alerts. Left out: no webhooks are taken.'),
    logLevel: z
      .enum(['trace', 'debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('Least level that is logged.'),
  })
  .superRefine(
    (config, context) => {
      for (const { path, message } of crossFaults(config))
        context.addIssue({ code: 'custom', path: [...path], message });
    },
    // Also beside faults of shape: a person mends the file once.
    { when: () => true },
  );

export type Config = z.output<typeof configSchema>;
export type ServiceConfig = Config['services'][string];
export type Verb = (typeof VERBS)[number];
