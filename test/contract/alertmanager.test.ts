import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../sandbox/processes/port.ts';
import { createAlertmanager } from '../../src/adapters/alertmanager.ts';
import { FakeAlertmanager } from '../fakes/fake-alertmanager.ts';
import { AlertmanagerStub, type StubFault } from '../support/alertmanager-stub.ts';
import { until } from '../support/until.ts';
import { describeAlertmanager } from './alertmanager.suite.ts';

describeAlertmanager('in memory', async () => {
  const fake = new FakeAlertmanager(Date.now);
  return {
    alertmanager: fake,
    fire: async (alerts) => {
      fake.firing = alerts.map((labels) => ({ labels }));
    },
    close: async () => undefined,
  };
});

describeAlertmanager('over HTTP', async () => {
  const stub = new AlertmanagerStub();
  const url = await stub.start();
  return {
    alertmanager: createAlertmanager({ url, timeout: 2000 }),
    fire: async (alerts) => {
      stub.alerts = alerts.map((labels) => ({ labels }));
    },
    close: () => stub.stop(),
  };
});

const PROGRAM = 'prometheus-alertmanager';
const program = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, PROGRAM))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

describe.skipIf(program === undefined)(`the real one (Debian's ${PROGRAM})`, () => {
  describeAlertmanager('real', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dabbawala-am-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const config = join(dir, 'alertmanager.yml');
    await writeFile(config, 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
    const child: ChildProcess = spawn(
      program ?? '',
      [
        ...[`--config.file=${config}`, `--storage.path=${join(dir, 'data')}`],
        ...[`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='],
      ],
      { stdio: 'ignore' },
    );
    const isReady = () =>
      fetch(`${url}/-/ready`)
        .then(({ ok }) => ok)
        .catch(() => false);
    await until('Alertmanager is ready', isReady, 20_000);
    return {
      alertmanager: createAlertmanager({ url, timeout: 5000 }),
      fire: async (alerts) => {
        await fetch(`${url}/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(alerts.map((labels) => ({ labels, startsAt: new Date().toISOString() }))),
        });
      },
      close: async () => {
        child.kill('SIGKILL');
        await rm(dir, { recursive: true, force: true });
      },
    };
  });
});

describe('an Alertmanager that does not answer', () => {
  const spec = {
    ...{ matchers: [{ name: 'a', value: 'b' }], startsAt: Date.now(), endsAt: Date.now() + 60_000 },
    ...{ createdBy: 'Asha', comment: 's-x' },
  };
  const faults: [StubFault, boolean][] = [
    ['drop', true],
    ['lose', true],
    ['fail', true],
  ];
  it.each(faults)('by the fault "%s" may have done it all the same: %s', async (fault, mayBeDone) => {
    const stub = new AlertmanagerStub();
    const alertmanager = createAlertmanager({ url: await stub.start(), timeout: 1000 });
    stub.fault = fault;
    await expect(alertmanager.create(spec)).rejects.toMatchObject({
      ...{ code: 'alertmanager_unavailable', data: { mayBeDone } },
    });
    await stub.stop();
  });

  it('at all has done nothing, and says so', async () => {
    const alertmanager = createAlertmanager({ url: `http://127.0.0.1:${await freePort()}`, timeout: 1000 });
    await expect(alertmanager.create(spec)).rejects.toMatchObject({
      ...{ code: 'alertmanager_unavailable', data: { mayBeDone: false } },
    });
  });

  it('as one but as something else is told apart from an empty answer', async () => {
    const stub = new AlertmanagerStub();
    const alertmanager = createAlertmanager({ url: `${await stub.start()}/elsewhere`, timeout: 1000 });
    await expect(alertmanager.alerts(spec.matchers)).rejects.toMatchObject({ code: 'alertmanager_refused' });
    await stub.stop();
  });
});
