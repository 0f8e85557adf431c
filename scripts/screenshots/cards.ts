/** A picture of every state a card can have, posted to a real local Slack and drawn by the page. */
import type { Page } from 'playwright-core';
import { type PageWorld, startPageWorld } from '../../test/sandbox/page/world.ts';
import { cardGallery } from '../../test/support/card-gallery.ts';
import { type Camera, type Clip, overflowOf, WIDTHS } from './camera.ts';

const CHANNEL = 'C0WARROOM';
/** Higher than the longest card at 360 px, so that each is seen whole. */
const HEIGHT = 2600;

/** Those that README.md shows, at the width of a desk. */
const NAMED: Readonly<Record<string, string>> = {
  'awaiting-approval': 'card-plan.png',
  analysing: 'card-shifting.png',
  'rolled-back': 'card-rolled-back.png',
  'alert-after-deploy': 'card-alert.png',
};

async function post(world: PageWorld): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>();
  for (const { name, message } of cardGallery()) {
    const { text, blocks } = message;
    const answer = await world.bot.api('chat.postMessage', { channel: CHANNEL, text, blocks });
    if (answer.ok !== true) throw new Error(`Slack refused the card ${name}: ${JSON.stringify(answer)}`);
    places.set(name, String(answer.ts));
  }
  return places;
}

/** The card with its avatar and name, without the empty desk to its right. The hour of the run is no part of it. */
async function frame(page: Page, selector: string): Promise<Clip> {
  return (await page.evaluate(`(async () => {
    const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const card = document.querySelector(${JSON.stringify(selector)});
    // The list goes to its newest message by itself until it has seen that somebody scrolls.
    for (let still = 0, before = NaN; still < 3; ) {
      card.scrollIntoView({ block: 'start' });
      await frames();
      const { top } = card.getBoundingClientRect();
      still = top === before ? still + 1 : 0;
      before = top;
    }
    const time = card.querySelector('.message-head time');
    if (time) time.textContent = '14:00';
    const box = card.getBoundingClientRect();
    const inner = card.querySelector('.blocks').getBoundingClientRect();
    const width = Math.min(box.width, inner.right - box.left + 18);
    return { x: Math.ceil(box.left), y: Math.ceil(box.top), width: Math.floor(width), height: Math.floor(box.height) };
  })()`)) as Clip;
}

export async function takeCards(camera: Camera): Promise<void> {
  const world = await startPageWorld();
  try {
    const places = await post(world);
    for (const width of WIDTHS) {
      const page = await camera.open(width, HEIGHT, `${world.url}/?world=0`);
      await page
        .locator('article.message')
        .nth(places.size - 1)
        .waitFor();
      for (const [name, ts] of places) {
        const card = `article[data-ts="${ts}"]`;
        const clip = await frame(page, card);
        if (clip.height > HEIGHT - 200) camera.blame(`card ${name} is ${clip.height} px high at ${width} px`);
        await camera.take(page, `cards/${name}-${width}.png`, clip);
        for (const what of await overflowOf(page, card))
          camera.blame(`card ${name} is too wide at ${width} px: ${what}`);
        const file = NAMED[name];
        if (file !== undefined && width === 1200) await camera.take(page, file, clip);
      }
      await page.close();
    }
  } finally {
    await world.close();
  }
}
