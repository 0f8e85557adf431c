/** What `npm run demo` does with a world, whatever it stands on: the page, or one story without a browser. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPage } from './page/build.ts';
import { assertFree } from './processes/port.ts';
import { stories } from './stories/index.ts';
import { Player } from './stories/player.ts';
import type { Story } from './stories/story.ts';
import type { AnyWorld, WorldOptions } from './world/world.ts';

const HELP = `npm run demo -- [options]

  --port=N       port of the page (default: a free one)
  --cluster=real on a real Kubernetes control plane instead of the simulated one (Linux; needs Go 1.26 for its first build)
  --script=NAME  play a story without a browser and check its end: ${stories.map(({ name }) => name).join(', ')}
  --help         this text

Without --script the page stays up until ctrl-C, which ends everything that was started.`;

/** Starts the world that is shown. */
export type StartWorld = (options: WorldOptions) => Promise<AnyWorld>;

/** A second signal sooner than this is the first one again. */
const AGAIN_MS = 2000;

interface Options {
  readonly port: number | undefined;
  readonly story: Story | null;
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      script: { type: 'string' },
      cluster: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  if (!['simulated', 'real', undefined].includes(values.cluster))
    throw new Error(`--cluster=${values.cluster}: it is "simulated", the default, or "real"`);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new Error(`--port=${values.port} is no port: give a number from 1 to 65535`);
  const story = values.script === undefined ? null : stories.find(({ name }) => name === values.script);
  if (story === undefined)
    throw new Error(
      `there is no story "${values.script}": pick one of ${stories.map(({ name }) => name).join(', ')}`,
    );
  return { port, story };
}

/** Whatever ends this process ends what it started, once; also what is still starting. */
function endWith(starting: Promise<AnyWorld>, alsoRemove: string | null): (code: number) => Promise<never> {
  let ending: Promise<never> | null = null;
  const end = async (code: number): Promise<never> => {
    await starting.then(
      (world) => world.close(),
      () => undefined,
    );
    if (alsoRemove) await rm(alsoRemove, { recursive: true, force: true });
    process.exit(code);
  };
  return (code) => (ending ??= end(code));
}

/** One signal comes twice where npm passes on what the terminal had sent: only a later one cuts the orderly end short. */
function endOnSignals(
  end: (code: number) => Promise<never>,
  codes: Record<'SIGINT' | 'SIGTERM', number>,
): { readonly isEnding: () => boolean } {
  let firstAt: number | null = null;
  for (const [signal, code] of [...Object.entries(codes), ['SIGHUP', codes.SIGTERM] as const])
    process.on(signal, () => {
      if (firstAt !== null && performance.now() - firstAt > AGAIN_MS) process.exit(code);
      if (firstAt === null) console.log('\nending what was started…');
      firstAt ??= performance.now();
      void end(code);
    });
  return { isEnding: () => firstAt !== null };
}

async function play(story: Story, startWorld: StartWorld): Promise<void> {
  console.log(`story: ${story.title}`);
  const starting = startWorld({ pace: 'script', onProgress: (line) => console.log(`  starting ${line}`) });
  const end = endWith(starting, null);
  endOnSignals(end, { SIGINT: 130, SIGTERM: 143 });
  const world = await starting;
  try {
    await story.play(new Player(world));
    console.log(`story ${story.name}: right`);
    await end(0);
  } catch (error) {
    console.error(`story ${story.name}: WRONG: ${error instanceof Error ? error.message : String(error)}`);
    console.error((await world.bots[0]?.recentLog(20)) ?? '');
    await end(1);
  }
}

async function startPage(
  staticDir: string,
  port: number | undefined,
  startWorld: StartWorld,
): Promise<AnyWorld> {
  await buildPage(staticDir);
  return startWorld({
    pace: 'demo',
    staticDir,
    ...(port === undefined ? {} : { port }),
    onProgress: (line) => console.log(`  starting ${line}`),
  });
}

async function serve(port: number | undefined, startWorld: StartWorld): Promise<void> {
  if (port !== undefined)
    await assertFree(port).catch((cause: unknown) => {
      throw new Error(`--port=${port} is in use: pick another, or leave it out for a free one`, { cause });
    });
  const staticDir = await mkdtemp(join(tmpdir(), 'dabbawala-page-'));
  const starting = startPage(staticDir, port, startWorld);
  const { isEnding } = endOnSignals(endWith(starting, staticDir), { SIGINT: 0, SIGTERM: 0 });
  const world = await starting.catch(async (error: unknown) => {
    await rm(staticDir, { recursive: true, force: true });
    throw error;
  });
  if (isEnding()) return;
  console.log(`
Dabbawala is running in a world of its own.

  Open   ${world.slack.url}

  Then type   /deploy payment-gateway v2.3.1 reason="Refund fix"
  and switch to Bharat to approve it. The panel on the right breaks things.

  The bot's log is ${world.bots[0]?.logFile}
  ctrl-C ends everything.
`);
}

/** Ends the process when a story has ended, else with a signal. */
export async function runDemo(args: readonly string[], startWorld: StartWorld): Promise<void> {
  try {
    const { port, story } = readOptions(args);
    await (story ? play(story, startWorld) : serve(port, startWorld));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
