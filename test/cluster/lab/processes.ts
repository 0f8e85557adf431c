/**
 * The processes of the control plane, in a file: any test process may end one and start it again, and the teardown
 * finds all of them. By pid, never by name.
 */
import { spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

interface Entry {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  pid: number;
}

export class Processes {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  start(name: string, command: string, args: readonly string[]): void {
    const log = openSync(join(this.#dir, `${name}.log`), 'a');
    const child = spawn(command, [...args], { cwd: this.#dir, detached: true, stdio: ['ignore', log, log] });
    child.on('error', (error) => console.error(`${name}:`, error));
    child.unref();
    this.#write([
      ...this.#read().filter((entry) => entry.name !== name),
      { name, command, args, pid: child.pid ?? 0 },
    ]);
  }

  restart(name: string): void {
    const { command, args } = this.#entry(name);
    this.start(name, command, args);
  }

  isRunning(name: string): boolean {
    return isAlive(this.#entry(name).pid);
  }

  signal(name: string, signal: NodeJS.Signals): void {
    const { pid } = this.#entry(name);
    if (isAlive(pid)) process.kill(pid, signal);
  }

  /** Resolves when it is gone; SIGKILL after the time given. */
  async end(name: string, withinMs = 5000): Promise<void> {
    this.signal(name, 'SIGTERM');
    const deadline = performance.now() + withinMs;
    while (this.isRunning(name)) {
      if (performance.now() > deadline) this.signal(name, 'SIGKILL');
      await delay(20);
    }
  }

  async endAll(order: readonly string[]): Promise<void> {
    const known = this.#read().map(({ name }) => name);
    for (const name of order) if (known.includes(name)) await this.end(name);
  }

  log(name: string, lines = 15): string {
    return readFileSync(join(this.#dir, `${name}.log`), 'utf8')
      .trim()
      .split('\n')
      .slice(-lines)
      .join('\n');
  }

  #entry(name: string): Entry {
    const found = this.#read().find((entry) => entry.name === name);
    if (!found) throw new Error(`the lab has no process ${name}`);
    return found;
  }

  #read(): Entry[] {
    try {
      return JSON.parse(readFileSync(join(this.#dir, 'processes.json'), 'utf8')) as Entry[];
    } catch {
      return [];
    }
  }

  #write(entries: readonly Entry[]): void {
    writeFileSync(join(this.#dir, 'processes.json'), JSON.stringify(entries));
  }
}

/** A zombie has ended: whoever started it has yet to notice. */
const isAlive = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') === false;
  } catch {
    return false;
  }
};
