/** Writes every card state as JSON: `node scripts/cards.ts <folder>`. The screenshots and the eye read them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cardGallery } from '../test/support/card-gallery.ts';

const folder = process.argv[2];
if (folder === undefined) {
  console.log(JSON.stringify(cardGallery(), null, 2));
} else {
  await mkdir(folder, { recursive: true });
  const cards = cardGallery();
  for (const { name, message } of cards)
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(message, null, 2)}\n`);
  console.log(`${cards.length} cards written to ${folder}`);
}
