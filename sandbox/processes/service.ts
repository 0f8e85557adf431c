import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Part } from '../contract.ts';
import { assertFree, freePort } from './port.ts';
import { type Spawned, type SpawnRequest, spawnProgram } from './spawned.ts';
import { until } from './until.ts';

/** A program that listens on one loopback port and keeps its data in one folder. */
export interface Service extends Part {
  readonly port: number;
  readonly url: string;
  /** Changes with every restart. */
  readonly pid: number;
  readonly dir: string;
  isRunning(): boolean;
  /** Ends the program; the data stays. SIGKILL plays a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it if it runs, then starts it on the same port with the same data; resolves when it answers. */
  restart(): Promise<void>;
}

export interface ServiceRecipe {
  readonly title: string;
  readonly scheme: 'http' | 'redis';
  readonly port?: number | undefined;
  readonly dir?: string | undefined;
  readonly readyMs: number;
  program(port: number, dir: string): Promise<Omit<SpawnRequest, 'temporaryDir'>>;
  isReady(port: number): Promise<boolean>;
}

/** Starts a program, waits until it answers, and takes another port when the one it was given was snatched away. */
export async function startService(recipe: ServiceRecipe): Promise<Service> {
  const dir = recipe.dir ?? (await mkdtemp(join(tmpdir(), `dabbawala-${recipe.title}-`)));
  const temporaryDir = recipe.dir === undefined ? dir : null;
  let spawned: Spawned | null = null;

  const start = async (port: number): Promise<void> => {
    await assertFree(port);
    const child = await spawnProgram({ ...(await recipe.program(port, dir)), temporaryDir });
    spawned = child;
    try {
      await until(async () => !child.isRunning() || recipe.isReady(port), {
        what: `${recipe.title} on port ${port}`,
        timeoutMs: recipe.readyMs,
      });
      if (!child.isRunning()) throw new Error(`${recipe.title} ended at once: ${child.log().trim()}`);
    } catch (error) {
      await child.end('SIGKILL');
      throw error;
    }
  };
  const removeData = async (): Promise<void> => {
    if (temporaryDir) await rm(temporaryDir, { recursive: true, force: true });
  };

  let port = recipe.port ?? (await freePort());
  for (let attempt = 1; ; attempt += 1) {
    try {
      await start(port);
      break;
    } catch (error) {
      const isSnatched = recipe.port === undefined && /in use/i.test(String(error));
      if (!isSnatched || attempt === 3) {
        await removeData();
        throw error;
      }
      port = await freePort();
    }
  }

  const stop = async (signal?: NodeJS.Signals): Promise<void> => spawned?.end(signal);
  let isClosed = false;
  return {
    port,
    url: `${recipe.scheme}://127.0.0.1:${port}`,
    dir,
    get pid() {
      return spawned?.pid ?? 0;
    },
    isRunning: () => spawned?.isRunning() ?? false,
    stop,
    restart: async () => {
      if (isClosed) throw new Error(`${recipe.title} is closed`);
      await stop();
      await start(port);
    },
    close: async () => {
      isClosed = true;
      await stop();
      await removeData();
    },
  };
}
