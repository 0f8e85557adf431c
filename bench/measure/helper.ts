/** A program of this folder in a process of its own. It ends when its channel closes, also when this process is killed. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Part } from '../../sandbox/contract.ts';

export interface Helper<Ready> extends Part {
  readonly pid: number;
  /** The one message that it sends when it stands. */
  readonly ready: Ready;
}

const START_WITHIN_MS = 60_000;

/** @param request handed over as JSON in the arguments */
export async function startHelper<Ready>(program: URL, request: object): Promise<Helper<Ready>> {
  const child = fork(fileURLToPath(program), [JSON.stringify(request)], {
    execArgv: [],
    // A group of its own: ctrl-C reaches it through the channel alone.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const close = (): Promise<void> => endHelper(child);
  try {
    const signal = AbortSignal.timeout(START_WITHIN_MS);
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`${fileURLToPath(program)} ended with code ${code} while starting`);
    });
    ended.catch(() => undefined);
    const [ready] = await Promise.race([once(child, 'message', { signal }), ended]);
    return { pid: child.pid ?? 0, ready: ready as Ready, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function endHelper(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  if (child.connected) child.disconnect();
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(late);
}

/** For the program: its request. It ends with the channel, whatever ended that. */
export function readRequest<Request>(): Request {
  process.once('disconnect', () => process.exit(0));
  return JSON.parse(process.argv[2] ?? '{}') as Request;
}
