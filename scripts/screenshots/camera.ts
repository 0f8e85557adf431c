/** Takes pictures in a headless browser with one place, one time zone and one theme, and says what does not fit. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../sandbox/page/chromium.ts';
import { withPalette } from './palette.ts';

export const WIDTHS = [1200, 360] as const;
export type Width = (typeof WIDTHS)[number];

export interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Picture {
  readonly file: string;
  readonly bytes: number;
}

export interface Camera {
  /** A page of that width; closed with the camera. */
  open(width: Width, height: number, url: string): Promise<Page>;
  take(page: Page, name: string, clip?: Clip): Promise<void>;
  /** Something that a person would see as broken; the run ends with it. */
  blame(fault: string): void;
  readonly taken: readonly Picture[];
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Nothing moves while a picture is taken, and what only the pointer shows is away. */
const STILL = `
  *, *::before, *::after { animation: none !important; transition: none !important; caret-color: transparent !important; }
  .to-end, .message-tools { display: none !important; }
  ::-webkit-scrollbar { display: none; }
`;

export async function startCamera(folder: string, theme: 'light' | 'dark'): Promise<Camera> {
  const browser: Browser = await launchChromium();
  const taken: Picture[] = [];
  const faults: string[] = [];
  return {
    taken,
    faults,
    blame: (fault) => faults.push(fault),
    async open(width, height, url) {
      const page = await browser.newPage({
        viewport: { width, height },
        deviceScaleFactor: 1,
        locale: 'en-GB',
        timezoneId: 'UTC',
        colorScheme: theme,
        hasTouch: width < 800,
        isMobile: width < 800,
      });
      page.on('pageerror', (error) => faults.push(`the page threw: ${error.message}`));
      await page.goto(url);
      await page.addStyleTag({ content: STILL });
      return page;
    },
    async take(page, name, clip) {
      const file = join(folder, name);
      const png = withPalette(await page.screenshot({ ...(clip ? { clip } : {}), animations: 'disabled' }));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, png);
      taken.push({ file, bytes: png.length });
    },
    close: () => browser.close(),
  };
}

/** Runs in the page, which has a DOM that this file's types do not know. */
export const OVERFLOW = `(card) => {
  const right = card.getBoundingClientRect().right + 0.5;
  const wide = [card, ...card.querySelectorAll('*')].filter((one) => {
    const { overflowX } = getComputedStyle(one);
    if (one.closest('svg') && one.tagName !== 'svg') return false;
    const isScrolled = one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && overflowX !== 'visible';
    return isScrolled || one.getBoundingClientRect().right > right;
  });
  return wide.slice(0, 3).map((one) => {
    const name = one.className && one.className.baseVal === undefined ? '.' + String(one.className).split(' ')[0] : '';
    return one.tagName.toLowerCase() + name + ' (' + one.scrollWidth + ' px in ' + one.clientWidth + ')';
  });
}`;

/** What of the element is wider than the room it has. */
export const overflowOf = async (page: Page, selector: string): Promise<readonly string[]> =>
  (await page.evaluate(`(${OVERFLOW})(document.querySelector(${JSON.stringify(selector)}))`)) as string[];
