import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const DEBIAN = '/usr/bin/chromium';

export const NO_CHROMIUM =
  'No Chromium found. On Debian or Ubuntu: apt-get install chromium fonts-noto-color-emoji. Elsewhere put chromium or google-chrome on PATH, or name the program in CHROMIUM.';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Debian's chromium, else chromium or google-chrome on PATH, else what CHROMIUM names; null when there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = ['chromium', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name)));
  const candidates = [DEBIAN, ...onPath, ...(env.CHROMIUM ? [env.CHROMIUM] : [])];
  return candidates.find(isExecutable) ?? null;
}

/** Starts a headless browser of the machine; playwright downloads none. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error(NO_CHROMIUM);
  return chromium.launch({ executablePath, args: ARGS });
}
