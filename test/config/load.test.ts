import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { InvalidConfig, loadConfig, loadSecrets, parseConfig } from '../../src/config/load.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = readFileSync(join(root, 'config/example.yml'), 'utf8');

/** `line path: message`, as a person reads them. */
const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    return error.faults.map(({ line, path, message }) => `${line ?? '-'} ${path}: ${message}`);
  }
  return [];
};

/** The example with one thing changed. */
// biome-ignore lint/suspicious/noExplicitAny: a test reaches anywhere into a file of the user
const changed = (change: (file: any) => void): string => {
  const file = parse(example);
  change(file);
  return stringify(file);
};
// biome-ignore lint/suspicious/noExplicitAny: as above
const changedFaults = (change: (file: any) => void): readonly string[] =>
  faultsOf(() => parseConfig(changed(change))).map((fault) => fault.replace(/^\S+ /, ''));

describe('the example', () => {
  const config = parseConfig(example);

  it('parses, and is frozen all the way down', () => {
    expect(Object.keys(config.services)).toEqual(['payment-gateway', 'upi-switch', 'ledger']);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.services['payment-gateway']?.rules.own[0])).toBe(true);
  });

  it('has the times that the product promises where it names none', () => {
    expect(config.services.ledger?.times).toEqual({
      tick: 5000,
      readiness: 600_000,
      probes: 300_000,
      step: 120_000,
      bake: 600_000,
      drain: 600_000,
      window: 30_000,
      share: 60_000,
      blind: 120_000,
      mention: 600_000,
      escalate: 1_200_000,
      propagationDelay: 10_000,
      return: 3_600_000,
    });
  });
});

describe('a file with many faults', () => {
  it('lists every one, of shape and of reference, with path and line', () => {
    const text = [
      'slack:', // 1
      '  teams: []',
      '  warRoom: war-room',
      '  chanels: {}',
      'clusters:', // 5
      '  one:',
      '    timeout: 5 minutes',
      '    prometheus: {}',
      'environments:',
      '  Prod: { namespace: payments, clusters: [two] }', // 10
      '  staging: { namespace: payments, clusters: [one, one] }',
      'defaultEnvironment: prod',
      'services:',
      '  ledger:',
      '    environments: [prod, staging]', // 15
      '    image: ledger:v1',
      '    steps: [10, 5]',
      '    probes:',
      '      - { name: up, group: database, kind: tcp, host: db }',
      '    times: { step: -5, bake: 1.5 }', // 20
      'rights:',
      '  deplou: { users: [asha] }',
      '  deploy: { emails: [x] }',
    ].join('\n');

    const faults = faultsOf(() => parseConfig(text));

    const places = faults.map((fault) => fault.replace(/: .*/, ''));
    expect(places).toEqual([
      '- approval.approvers',
      '- approval.approvers',
      '2 slack.teams',
      '3 slack.warRoom',
      '4 slack.chanels',
      '7 clusters.one.timeout',
      '8 clusters.one.prometheus.url',
      '10 environments.Prod',
      '11 environments.staging.clusters',
      '12 defaultEnvironment',
      '15 services.ledger.environments.0',
      '16 services.ledger.image',
      '17 services.ledger.steps',
      '19 services.ledger.probes.0.port',
      '20 services.ledger.times.step',
      '20 services.ledger.times.bake',
      '22 rights.deplou',
      '23 rights.deploy.emails.0',
    ]);
    expect(faults).toContain('7 clusters.one.timeout: must be a duration such as 500ms, 5s, 10m, 1h');
    expect(faults).toContain('8 clusters.one.prometheus.url: is missing');
  });

  it('says them in one message that begins with the file', () => {
    expect(() => parseConfig('slack: 1', 'prod.yml')).toThrow(
      /^prod\.yml has 4 faults:\n {2}clusters: is missing\n/,
    );
    expect(() => parseConfig('slack: 1', 'prod.yml')).toThrow('line 1: slack: must be a section of keys');
  });
});

describe('YAML itself', () => {
  it.each([
    ['a key that is there twice', 'redis: {}\nredis: {}\n', ['2 : Map keys must be unique']],
    ['two documents', 'a: 1\n---\nb: 2\n', ['2 : Source contains multiple documents']],
    ['an alias of nothing', 'a: *x\n', ['- : Unresolved alias (the anchor must be set before the alias): x']],
    ['a list in place of keys', '- a\n', ['- : must be a section of keys']],
  ])('%s is a fault', (_, text, expected) => {
    expect(faultsOf(() => parseConfig(text))).toEqual(expected);
  });

  it('an empty file lacks what is required', () => {
    expect(faultsOf(() => parseConfig(''))).toEqual([
      '- slack: is missing',
      '- clusters: is missing',
      '- environments: is missing',
      '- services: is missing',
    ]);
  });

  it('a file that is not there is a fault', () => {
    expect(faultsOf(() => loadConfig('/nonexistent/x.yml'))[0]).toContain('cannot be read');
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['1h', 3_600_000],
    [250, 250],
    [0, 0],
  ])('%s is %d ms', (written, ms) => {
    const config = parseConfig(changed((file) => (file.redis.commandTimeout = written)));
    expect(config.redis.commandTimeout).toBe(ms);
  });

  it.each([['5 s'], ['5sec'], ['-1s'], ['s'], [''], [-1], [1.5], [true], [null]])('%j is none', (written) => {
    expect(changedFaults((file) => (file.redis.commandTimeout = written))).toEqual([
      'redis.commandTimeout: must be a duration such as 500ms, 5s, 10m, 1h',
    ]);
  });
});

describe('what one key says about another', () => {
  it.each<[string, Parameters<typeof changedFaults>[0], string]>([
    [
      'a cluster that is not there',
      (file) => (file.environments.staging.clusters = ['nagpur']),
      'environments.staging.clusters.0: no cluster "nagpur" under clusters',
    ],
    [
      'two clusters without regions',
      (file) => {
        delete file.clusters.pune.region;
      },
      'environments.prod.clusters: several clusters need regions of different names',
    ],
    [
      'two clusters of one region',
      (file) => (file.clusters.pune.region = 'mumbai'),
      'environments.prod.clusters: several clusters need regions of different names',
    ],
    [
      'a default environment that is not there',
      (file) => (file.defaultEnvironment = 'live'),
      'defaultEnvironment: no environment "live"',
    ],
    [
      'an environment that is not there',
      (file) => file.services.ledger.environments.push('dev'),
      'services.ledger.environments.2: no environment "dev"',
    ],
    [
      'a short name of another service',
      (file) => file.services.ledger.short.push('pg'),
      'services.ledger.short.1: "pg" already means payment-gateway',
    ],
    [
      'a short name that is the name of another service',
      (file) => file.services['payment-gateway'].short.push('ledger'),
      'services.payment-gateway.short.1: "ledger" already means ledger',
    ],
    [
      'steps that fall',
      (file) => (file.services.ledger.steps = [50, 25, 100]),
      'services.ledger.steps: steps must rise and end in 100',
    ],
    [
      'steps that stop short',
      (file) => (file.services.ledger.steps = [50]),
      'services.ledger.steps: steps must rise and end in 100',
    ],
    [
      'a rule with the id of a built-in one',
      (file) => (file.services['payment-gateway'].rules.own[0].id = 'p95'),
      'services.payment-gateway.rules.own: rule ids must differ (error_rate and p95 are taken)',
    ],
    [
      'two probes of one name',
      (file) => (file.services['payment-gateway'].probes[1].name = 'ready'),
      'services.payment-gateway.probes: probe names must differ',
    ],
    [
      'a probe without what its kind needs',
      (file) => {
        delete file.services['payment-gateway'].probes[3].op;
      },
      'services.payment-gateway.probes.3.op: a promql probe needs op',
    ],
    [
      'production without an approver',
      (file) => (file.services['payment-gateway'].approval.prod.needed = 0),
      'services.payment-gateway.approval.prod.needed: payment-gateway in prod is production: at least one approver is needed',
    ],
    [
      'a policy that nobody can meet',
      (file) => (file.services['payment-gateway'].approval.prod.approvers = {}),
      'services.payment-gateway.approval.prod.approvers: nobody could approve payment-gateway in prod: name users, groups or emails',
    ],
    [
      'low traffic that nobody could excuse',
      (file) => (file.services['payment-gateway'].analysis = { lowTraffic: 'approve' }),
      'services.payment-gateway.analysis.lowTraffic: nobody could let payment-gateway in staging go on without evidence: name approvers, or say wait',
    ],
    [
      'a policy with fewer people than it needs',
      (file) => (file.services['payment-gateway'].approval.prod.approvers = { users: ['U0BHARAT'] }),
      'services.payment-gateway.approval.prod.needed: payment-gateway in prod needs 2 approvers and only 1 are named',
    ],
  ])('%s', (_, change, expected) => {
    expect(changedFaults(change)).toEqual([expected]);
  });
});

describe('names', () => {
  it.each([
    ['Ledger', 'the name must be lower-case letters, digits and dashes (DNS-1123)'],
    ['ledger_2', 'the name must be lower-case letters, digits and dashes (DNS-1123)'],
    ['-ledger', 'the name must be lower-case letters, digits and dashes (DNS-1123)'],
    ['l'.repeat(41), 'the name must have at most 40 characters'],
  ])('%s is no name of a service', (name, message) => {
    const faults = changedFaults((file) => {
      file.services[name] = file.services.ledger;
      delete file.services.ledger;
    });
    expect(faults).toContain(`services.${name}: ${message}`);
  });
});

describe('secrets', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dabbawala-config-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'token');
  writeFileSync(file, 'from-file\n');

  it('come from the environment, or from the file that it names', () => {
    expect(loadSecrets({ SLACK_BOT_TOKEN: 'a', SLACK_SIGNING_SECRET: 'b' })).toEqual({
      slackBotToken: 'a',
      slackSigningSecret: 'b',
      slackAppToken: null,
    });
    expect(loadSecrets({ SLACK_BOT_TOKEN: 'a', SLACK_APP_TOKEN_FILE: file })).toEqual({
      slackBotToken: 'a',
      slackSigningSecret: '',
      slackAppToken: 'from-file',
    });
    expect(loadSecrets({ SLACK_BOT_TOKEN_FILE: file, SLACK_SIGNING_SECRET: 'b' }).slackBotToken).toBe(
      'from-file',
    );
  });

  it('that are missing, empty or unreadable are all named', () => {
    const faults = faultsOf(() =>
      loadSecrets({ SLACK_BOT_TOKEN: '', SLACK_SIGNING_SECRET_FILE: '/nonexistent' }),
    );
    expect(faults[0]).toBe('- SLACK_BOT_TOKEN: is not set (or name a file in SLACK_BOT_TOKEN_FILE)');
    expect(faults[1]).toMatch(/^- SLACK_SIGNING_SECRET_FILE: cannot be read: ENOENT/);
  });

  it('have no place in the file', () => {
    expect(changedFaults((config) => (config.slack.botToken = 'xoxb-1'))).toEqual([
      'slack.botToken: is no key that exists here',
    ]);
  });
});

describe('the process', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dabbawala-start-'));
  const bad = join(dir, 'bad.yml');
  beforeAll(() =>
    writeFileSync(
      bad,
      changed((file) => (file.services.ledger.steps = [7])),
    ),
  );
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const start = (file: string, env: Record<string, string>) =>
    spawnSync(process.execPath, ['src/main.ts', file], {
      cwd: root,
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
      timeout: 15_000,
    });

  it('exits 78 on a bad file and says every fault', () => {
    const { status, stderr, stdout } = start(bad, {
      SLACK_BOT_TOKEN: 'xoxb-canary',
      SLACK_SIGNING_SECRET: 's',
    });
    expect(status).toBe(78);
    expect(stderr).toMatch(/bad\.yml has 1 fault:\n {2}line \d+: services\.ledger\.steps: steps must rise/);
    expect(stdout + stderr).not.toContain('canary');
  });

  it('exits 78 without secrets', () => {
    const { status, stderr } = start(join(root, 'config/example.yml'), {});
    expect(status).toBe(78);
    expect(stderr).toContain('SLACK_BOT_TOKEN: is not set');
    expect(stderr).toContain('SLACK_SIGNING_SECRET: is not set');
  });
});
