import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What to run, and what to tell a person who lacks it. */
export interface SpawnRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly debianPackage: string;
  readonly brewFormula: string;
  /** Removed when this process dies without having closed the part. Only ever a folder that we made. */
  readonly temporaryDir: string | null;
}

export interface Spawned {
  readonly pid: number;
  isRunning(): boolean;
  /** The newest 4,000 characters that it printed. */
  log(): string;
  /** Ends it by pid and waits; SIGKILL when it has not gone after 5 s. Idempotent. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

const living = new Set<number>();
let isHooked = false;

function killWhatIsLeft(): void {
  for (const pid of living) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone already
    }
  }
}

/**
 * A shell that holds nothing but the other end of a pipe: when this process dies, by SIGKILL too, its read ends and it
 * kills the child. An exit listener alone would leave orphans behind a killed test run.
 */
function startGuard(pid: number, temporaryDir: string | null): ChildProcess {
  const script = 'read -r _; kill -9 "$1"; sleep 0.2; if [ -n "$2" ]; then rm -rf "$2"; fi';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(pid), temporaryDir ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
  return guard;
}

/** Starts a program of the machine in a process group of its own, so that ctrl-C reaches it only through us. */
export async function spawnProgram(request: SpawnRequest): Promise<Spawned> {
  if (!isHooked) {
    isHooked = true;
    process.on('exit', killWhatIsLeft);
  }
  const child = spawn(request.command, [...request.args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    const error = new Error(
      `${request.command} was not found: on Debian or Ubuntu \`apt-get install ${request.debianPackage}\`, ` +
        `with Homebrew \`brew install ${request.brewFormula}\``,
      { cause },
    );
    error.name = 'MissingProgram';
    throw error;
  }
  const pid = child.pid as number;
  living.add(pid);
  const guard = startGuard(pid, request.temporaryDir);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4000);
    });
  const gone = once(child, 'exit').then(() => {
    living.delete(pid);
    guard.kill('SIGKILL');
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    isRunning,
    log: () => log,
    end: async (signal = 'SIGTERM') => {
      if (isRunning()) child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await gone;
      clearTimeout(late);
    },
  };
}
