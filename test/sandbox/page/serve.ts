/** The page with fixtures, for looking at it: `npx node test/sandbox/page/serve.ts [port]`, ctrl-C ends it. */
import { fill, startPageWorld } from './world.ts';

const world = await startPageWorld({ port: Number(process.argv[2] ?? 0) });
const cards = await fill(world);
console.log(world.url);
console.log(JSON.stringify(cards));
process.once('SIGINT', () => void world.close());
process.once('SIGTERM', () => void world.close());
