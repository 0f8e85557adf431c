/** The demo's world on the real control plane, under the shipped Role and policies; its page also behind a socket file. */
import { runDemo } from '../../../sandbox/demo.ts';
import { carry } from '../../../sandbox/processes/carry.ts';
import type { WorldOptions } from '../../../sandbox/world/world.ts';
import { startGuardedWorld } from '../stories/real-world.ts';

/** Its end means that whoever started all this is gone, or asks for the end. */
process.stdin.resume();
process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'));

await runDemo(process.argv.slice(2), async (options: WorldOptions) => {
  const world = await startGuardedWorld(options);
  const door = process.env['DABBAWALA_DOOR'];
  if (door === undefined) return world;
  const { port } = new URL(world.slack.url);
  const carrier = await carry({ from: { path: door }, to: { port: Number(port), host: '127.0.0.1' } });
  return {
    ...world,
    close: async () => {
      await carrier.close();
      await world.close();
    },
  };
});
