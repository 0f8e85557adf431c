/** `npm run demo` on the simulated cluster. */
import { runDemo } from './demo.ts';
import { startWorld } from './world/world.ts';

await runDemo(process.argv.slice(2), startWorld);
