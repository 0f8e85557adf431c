/** The control plane itself fails in mid-shift: held, nothing moves, and on right after. The whole bot, under load. */
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { edited, serviceOf } from '../../acceptance/support/config.ts';
import { ASHA, BHARAT, Lane, lostRequests, until } from '../../acceptance/support/lane.ts';
import { botToken, shortToken } from '../lab/bot-account.ts';
import { labFacts, labProcesses } from '../lab/facts.ts';
import { type RealWorld, startRealWorld } from './real-world.ts';

let world: RealWorld;

beforeAll(async () => {
  world = await startRealWorld({
    editConfig: edited((config) => {
      for (const name of ['payment-gateway', 'upi-switch']) serviceOf(config, name).times['step'] = '8s';
      // The server believes a token for 10 s after it last looked at it.
      serviceOf(config, 'ledger').times['step'] = '20s';
    }),
  });
}, 180_000);
afterAll(() => world?.close(), 60_000);
afterEach(async () => expect(await lostRequests(world)).toEqual([]));

const lane = (service: string): Lane => new Lane(world, service);

async function reach25(on: Lane, version: string): Promise<void> {
  await on.plan(ASHA, version);
  await on.approve(BHARAT);
  await on.shows(/25 % reached; watching/, 60_000);
}

/** What a kubelet mounts: `token` leads through `..data` to a folder of its own per token, and one rename swaps them. */
class ProjectedToken {
  readonly #dir: string;
  #version = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async put(token: string): Promise<void> {
    this.#version += 1;
    const folder = `..2026_${this.#version}`;
    await mkdir(join(this.#dir, folder));
    await writeFile(join(this.#dir, folder, 'token'), token, { mode: 0o600 });
    await this.#link(folder, '..data');
    if (this.#version === 1) await this.#link('..data/token', 'token');
  }

  async #link(to: string, name: string): Promise<void> {
    await symlink(to, join(this.#dir, `${name}_tmp`));
    await rename(join(this.#dir, `${name}_tmp`), join(this.#dir, name));
  }
}

/** Weights that were written since, each as candidate/stable. */
const written = (on: Lane, since: number): readonly string[] =>
  on.weightWrites(since).map(({ weights }) => weights.join('/'));

describe('in mid-shift', { timeout: 150_000 }, () => {
  it('the token expires: held with what to look at, and on with the next one of the file, without a restart', async () => {
    const on = lane('ledger');
    const file = new ProjectedToken(world.dir);
    await file.put(await botToken(world.cluster.api));
    await reach25(on, 'v5.1.0');
    const { pid } = world.bots[0] ?? {};
    await file.put(await shortToken(world.cluster.api, labFacts(), 2));
    await on.shows(
      /HELD[\s\S]*Cluster "sandbox": token refused \(401\)\. Check the bot's token file, kubeconfig or ServiceAccount/,
      30_000,
    );
    expect(on.weights()).toEqual({ blue: 75, green: 25 });
    const since = Date.now();
    await file.put(await botToken(world.cluster.api));
    await on.shows(/PROMOTED/, 60_000);
    expect(on.weights()).toEqual({ blue: 0, green: 100 });
    expect(written(on, since)).toEqual(['100/0']);
    expect(world.bots[0]?.pid).toBe(pid);
  });

  it('the API server is restarted: held, then one goes on and one whose breach came meanwhile goes back at once', async () => {
    const [goesOn, goesBack] = [lane('payment-gateway'), lane('upi-switch')];
    await Promise.all([reach25(goesOn, 'v2.3.1'), reach25(goesBack, 'v1.9.0')]);
    const since = Date.now();
    await labProcesses().end('kube-apiserver');
    try {
      await world.faults.apply({ kind: 'errors', service: 'upi-switch', version: 'v1.9.0', percent: 30 });
      await goesOn.shows(/HELD[\s\S]*Cluster "sandbox" could not be reached/, 20_000);
      await goesBack.shows(/ROLLING BACK[\s\S]*Weight 0 is not confirmed/, 20_000);
    } finally {
      labProcesses().restart('kube-apiserver');
    }
    await goesBack.shows(/ROLLED BACK[\s\S]*Error rate/, 60_000);
    await goesOn.shows(/PROMOTED/, 60_000);
    expect(goesBack.weights()).toEqual({ blue: 100, green: 0 });
    expect(written(goesBack, since)).toEqual(['0/100']);
    expect(written(goesOn, since)).toEqual(['100/0']);
    await world.faults.apply({ kind: 'errors', service: 'upi-switch', version: 'v1.9.0', off: true });
  });

  it('etcd is gone for 20 s: held, nothing goes on or back, and on right after', async () => {
    const on = lane('upi-switch');
    await until(
      'the colour of before has no pods',
      () => (on.deployment('green')?.ready === 0 ? true : null),
      30_000,
    );
    await reach25(on, 'v1.8.1');
    const since = Date.now();
    await labProcesses().end('etcd');
    const ends = performance.now() + 20_000;
    try {
      await on.shows(/HELD[\s\S]*(cannot be read|cannot be seen): Cluster "sandbox"/, 20_000);
      await until(
        '20 s without etcd',
        () => {
          if (/ROLL(ED|ING) BACK|BAKING|PROMOTED/.test(on.words()))
            throw new Error(`it moved without a look at the cluster:\n${on.words()}`);
          return performance.now() > ends ? true : null;
        },
        25_000,
      );
    } finally {
      labProcesses().restart('etcd');
    }
    await on.shows(/PROMOTED/, 90_000);
    expect(on.weights()).toEqual({ blue: 0, green: 100 });
    expect(written(on, since)).toEqual(['100/0']);
  });
});
