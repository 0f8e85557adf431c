/** Pictures of the page and of every card, for README.md and for the eye: `npm run screenshots -- [options]`. */
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium, NO_CHROMIUM } from '../sandbox/page/chromium.ts';
import { type Camera, startCamera } from './screenshots/camera.ts';
import { takeCards } from './screenshots/cards.ts';
import { takeStory } from './screenshots/story.ts';

const HELP = `npm run screenshots -- [options]

  --only=cards|page  the cards alone (always the same pixels), or the page alone (a world that lives)
  --theme=dark       the dark theme
  --out=FOLDER       where to; default docs/images
  --help             this text`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Options {
  readonly only: string | undefined;
  readonly theme: 'light' | 'dark';
  readonly out: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      theme: { type: 'string', default: 'light' },
      out: { type: 'string', default: join(ROOT, 'docs/images') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const { only, theme, out } = values;
  if (only !== undefined && only !== 'cards' && only !== 'page')
    throw new Error(`--only=${only}: give cards or page`);
  if (theme !== 'light' && theme !== 'dark') throw new Error(`--theme=${theme}: give light or dark`);
  return { only, theme, out };
}

function report({ taken, faults }: Camera): void {
  const bytes = taken.reduce((sum, picture) => sum + picture.bytes, 0);
  for (const { file, bytes: size } of taken)
    console.log(`${String(Math.ceil(size / 1024)).padStart(5)} kB  ${relative(process.cwd(), file)}`);
  console.log(`${taken.length} pictures, ${(bytes / 1024 / 1024).toFixed(1)} MB`);
  for (const fault of faults) console.error(`not right: ${fault}`);
}

async function main(): Promise<number> {
  const { only, theme, out } = readOptions();
  if (findChromium() === null) throw new Error(NO_CHROMIUM);
  const camera = await startCamera(out, theme);
  try {
    if (only !== 'page') await takeCards(camera);
    if (only !== 'cards') await takeStory(camera);
  } finally {
    await camera.close();
    report(camera);
  }
  return camera.faults.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
