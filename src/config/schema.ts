/** The configuration file's shape. Defaults are the product's promises; config/schema.json and docs/configuration.md are generated from here. */
import * as z from 'zod';

const dns = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes (DNS-1123)');
const slackId = (prefix: string, what: string) =>
  z.string().regex(new RegExp(`^[${prefix}][A-Z0-9]{2,}$`), `a Slack ${what} id`);
const duration = z
  .union([
    z.int().nonnegative(),
    z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'a duration such as 500ms, 5s, 10m, 1h'),
  ])
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
    name: dns(40),
    group: z.enum([
      'service_health',
      'database',
      'payment_gateway',
      'external_api',
      'performance',
      'business_logic',
    ]),
    kind: z.enum(['podHttp', 'job', 'promql', 'tcp']),
    critical: z.boolean().default(true),
    timeout: duration.default(5000),
    retries: z.int().min(0).max(20).default(2),
    interval: duration.default(5000),
    path: z.string().startsWith('/').optional().describe('podHttp: path on every pod.'),
    port: z.int().min(1).max(65535).optional().describe('podHttp and tcp: port.'),
    scheme: z.enum(['http', 'https']).default('http'),
    status: z.int().min(100).max(599).default(200).describe('podHttp: the status that passes.'),
    command: z.array(z.string()).optional().describe('job: command run in the candidate image.'),
    query: z.string().optional().describe('promql: one number; may use $workload and $window.'),
    op: z.enum(['<', '<=', '>', '>=', '==']).optional(),
    value: z.number().optional(),
    host: z.string().optional().describe('tcp: host name or address.'),
  })
  .superRefine((value, context) => {
    const need: Record<string, readonly (keyof typeof value)[]> = {
      podHttp: ['path', 'port'],
      job: ['command'],
      promql: ['query', 'op', 'value'],
      tcp: ['host', 'port'],
    };
    for (const key of need[value.kind] ?? []) {
      if (value[key] === undefined)
        context.addIssue({ code: 'custom', path: [key], message: `a ${value.kind} probe needs ${key}` });
    }
  });

const ruleLimits = z.strictObject({
  errorRate: z
    .strictObject({
      limit: z.number().positive().default(0.5),
      critical: z.number().positive().nullable().default(5),
    })
    .prefault({})
    .describe('Percent of requests answered 5xx.'),
  p95: z
    .strictObject({
      limit: z.number().positive().default(2000),
      critical: z.number().positive().nullable().default(null),
    })
    .prefault({})
    .describe('95th percentile of the answer time in ms.'),
  own: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9_]{1,40}$/),
        title: z.string().min(1).max(40),
        query: z
          .string()
          .min(1)
          .max(2000)
          .describe(
            'PromQL; every selector carries <workloadLabel>="$workload". $window is the other variable.',
          ),
        unit: z.enum(['%', 'ms', 'rps', '']).default('%'),
        breachWhen: z.enum(['above', 'below']),
        limit: z.number(),
        critical: z.number().nullable().default(null),
        isRatio: z.boolean().default(true),
      }),
    )
    .default([]),
});

const times = z.strictObject({
  tick: duration.default(5000),
  readiness: duration.default(600_000).describe('Wait for the candidate to be ready.'),
  probes: duration.default(300_000),
  step: duration.default(120_000).describe('Analysis per step.'),
  bake: duration.default(600_000).describe('Watch after 100 %.'),
  drain: duration.default(600_000),
  window: duration
    .default(30_000)
    .describe('Floor of the rate window; the window is max(4 x scrape interval, this).'),
  share: duration.default(60_000).describe('Wait for the observed share to reach a step.'),
  blind: duration.default(120_000).describe('No verdict for this long: the policy for unknown applies.'),
  mention: duration.default(600_000),
  escalate: duration.default(1_200_000),
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
  expiry: duration.default(900_000),
  reminder: duration.optional().describe('Default: two thirds of expiry.'),
});

const analysis = z.strictObject({
  unknown: z.enum(['hold', 'rollback']).default('hold'),
  lowTraffic: z.enum(['wait', 'approve']).default('wait'),
  breachesToRollback: z.int().min(1).max(10).default(2),
  minRequests: z.int().min(1).default(50),
  errorBurst: z.int().min(1).default(10),
  reporter: z.enum(['source', 'destination']).default('source'),
});

const VERBS = ['deploy', 'rollback', 'traffic', 'hold', 'go', 'status', 'history', 'lock', 'unlock'] as const;
const rights = z
  .partialRecord(z.enum(VERBS), people)
  .default({})
  .describe(
    'Who may use a verb. A verb that is not listed is allowed to nobody; status, history and help are open to the channel unless listed.',
  );

const service = z.strictObject({
  short: z.array(dns(20)).default([]).describe('Short names people may type.'),
  environments: z.array(dns(30)).min(1),
  image: z
    .string()
    .regex(/^[a-z0-9.:-]+(\/[a-z0-9._-]+)+$/, 'registry/repository without tag')
    .describe('Repository of the image, with registry host.'),
  container: dns(63).optional().describe('Container whose image is set; default: the service name.'),
  template: dns(63)
    .optional()
    .describe('Deployment that carries the pod template; default: the service name.'),
  route: z
    .strictObject({ virtualService: dns(63).optional(), host: z.string().optional() })
    .prefault({})
    .describe('Istio VirtualService and destination host; default: the service name for both.'),
  workloadLabel: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
    .default('destination_workload'),
  steps: z.array(z.int().min(1).max(100)).default([10, 25, 50, 75, 100]),
  rules: ruleLimits.prefault({}),
  probes: z.array(probe).default([]),
  analysis: analysis.prefault({}),
  times: times.prefault({}),
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
  region: dns(30).nullable().default(null),
  kubeconfig: z.string().optional().describe('File; default: in-cluster ServiceAccount, else KUBECONFIG.'),
  context: z.string().optional(),
  server: z
    .url()
    .optional()
    .describe('Address of the API server when no kubeconfig is used; token from file.'),
  tokenFile: z.string().optional(),
  caFile: z.string().optional(),
  insecureHttp: z.boolean().default(false).describe('Allow a plain http:// server: sandbox only.'),
  timeout: duration.default(5000),
  prometheus: z.strictObject({
    url: z.url(),
    timeout: duration.default(3000),
    scrapeInterval: duration.default(15_000),
    tokenFile: z.string().optional(),
  }),
});

export const configSchema = z
  .strictObject({
    slack: z.strictObject({
      apiUrl: z.url().default('https://slack.com/api/').describe('Base address of the Web API.'),
      port: z.int().min(0).max(65535).default(3000).describe('Port for Slack requests (HTTP mode).'),
      teams: z.array(slackId('TE', 'team')).min(1).describe('Workspaces whose requests are accepted.'),
      warRoom: slackId('CG', 'channel').describe('The incident channel: cards go here.'),
      channels: z
        .partialRecord(
          z.string(),
          z.strictObject({ environment: dns(30).optional(), service: dns(40).optional() }),
        )
        .default({})
        .describe(
          'Further channels where commands are accepted, with their defaults. The war room always is.',
        ),
      rootCommand: z
        .string()
        .regex(/^\/[a-z0-9_-]{1,31}$/)
        .default('/dabba'),
      aliases: z
        .partialRecord(
          z.enum(VERBS),
          z
            .string()
            .regex(/^\/[a-z0-9_-]{1,31}$/)
            .nullable(),
        )
        .default({ deploy: '/deploy', traffic: '/traffic', rollback: '/rollback' })
        .describe('Slash commands that are aliases of verbs; null leaves one out.'),
      onCall: people.omit({ emails: true }).prefault({}).describe('Who is mentioned when a person must act.'),
      postIntervalMs: z.int().min(0).default(1050).describe('Least time between two posts to one channel.'),
      editIntervalMs: z
        .int()
        .min(0)
        .default(3000)
        .describe('Least time between two edits of one card; with n live cards n x 1.5 s if longer.'),
    }),
    server: z
      .strictObject({ host: z.string().default('0.0.0.0'), port: z.int().min(0).max(65535).default(9090) })
      .prefault({})
      .describe('Health, readiness, metrics.'),
    redis: z
      .strictObject({
        url: z
          .string()
          .regex(/^rediss?:\/\//)
          .default('redis://127.0.0.1:6379'),
        cluster: z.boolean().default(false),
        commandTimeout: duration.default(2000),
      })
      .prefault({}),
    registries: z
      .partialRecord(
        z.string(),
        z.strictObject({
          insecureHttp: z.boolean().default(false),
          usernameEnv: z.string().optional(),
          passwordEnv: z.string().optional(),
          timeout: duration.default(3000),
        }),
      )
      .default({})
      .describe('By registry host. Credentials come from the environment variables named.'),
    clusters: z.record(dns(40), cluster),
    environments: z.record(
      dns(30),
      z.strictObject({
        production: z.boolean().default(false),
        namespace: dns(63),
        clusters: z.array(dns(40)).min(1),
      }),
    ),
    defaultEnvironment: dns(30).optional(),
    rights,
    approval: approval.prefault({}).describe('Used where a service has none of its own.'),
    services: z.record(dns(40), service),
    logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  })
  .superRefine((config, context) => {
    const fault = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    for (const [name, environment] of Object.entries(config.environments)) {
      for (const [index, cluster] of environment.clusters.entries())
        if (!config.clusters[cluster])
          fault(['environments', name, 'clusters', index], `no cluster "${cluster}" under clusters`);
      const regions = environment.clusters.map((cluster) => config.clusters[cluster]?.region ?? null);
      if (
        environment.clusters.length > 1 &&
        (regions.includes(null) || new Set(regions).size < regions.length)
      )
        fault(['environments', name, 'clusters'], 'several clusters need regions of different names');
    }
    if (config.defaultEnvironment && !config.environments[config.defaultEnvironment])
      fault(['defaultEnvironment'], 'no such environment');
    const words = new Map<string, string>();
    for (const [name, service] of Object.entries(config.services)) {
      for (const [index, environment] of service.environments.entries())
        if (!config.environments[environment])
          fault(['services', name, 'environments', index], `no environment "${environment}"`);
      for (const word of [name, ...service.short]) {
        const other = words.get(word);
        if (other && other !== name) fault(['services', name, 'short'], `"${word}" already means ${other}`);
        words.set(word, name);
      }
      if (
        service.steps.at(-1) !== 100 ||
        service.steps.some((step, index) => index > 0 && step <= (service.steps[index - 1] ?? 0))
      )
        fault(['services', name, 'steps'], 'steps must rise and end in 100');
      const ids = ['error_rate', 'p95', ...service.rules.own.map((rule) => rule.id)];
      if (new Set(ids).size < ids.length)
        fault(['services', name, 'rules', 'own'], 'rule ids must differ (error_rate and p95 are taken)');
      const probes = service.probes.map((entry) => entry.name);
      if (new Set(probes).size < probes.length)
        fault(['services', name, 'probes'], 'probe names must differ');
      for (const environment of service.environments) {
        const policy = service.approval[environment] ?? service.approval['default'] ?? config.approval;
        const count =
          policy.approvers.users.length + policy.approvers.groups.length + policy.approvers.emails.length;
        const production = config.environments[environment]?.production ?? false;
        if (policy.needed === 0 && production)
          fault(
            ['services', name, 'approval', environment, 'needed'],
            'production needs at least one approver',
          );
        if (policy.needed > 0 && count === 0)
          fault(
            ['services', name, 'approval', environment, 'approvers'],
            'nobody could approve: name users, groups or emails',
          );
      }
    }
  });

export type Config = z.output<typeof configSchema>;
export type ServiceConfig = Config['services'][string];
export type Verb = (typeof VERBS)[number];
