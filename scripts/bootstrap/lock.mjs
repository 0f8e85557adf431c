// One installer at a time in one checkout, also when the last one was killed.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from './say.mjs';

const BEAT_MS = 2000;
/** A holder touches its file every BEAT_MS; one that has not for this long is gone, whatever its pid says. */
const SILENT_MS = 30_000;

/** @param {number} pid */
const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
};

/** @param {string} file */
const readHolder = (file) => {
  try {
    const text = readFileSync(file, 'utf8');
    const [host = '', pid = ''] = text.split(' ');
    return { text, host, pid: Number(pid), silentMs: Date.now() - statSync(file).mtimeMs };
  } catch {
    return null;
  }
};

/** @param {{ host: string, pid: number, silentMs: number }} holder */
const isStale = ({ host, pid, silentMs }) =>
  silentMs > SILENT_MS || (host === hostname() && pid > 0 && !isAlive(pid));

/**
 * Moves a stale lock aside. Between the look and the move another may have taken over: then its lock is put back.
 * @param {string} file
 * @param {string} seen
 */
function breakLock(file, seen) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') !== seen) renameSync(aside, file);
    else rmSync(aside, { force: true });
  } catch {
    // somebody else was faster
  }
}

/** @param {string} file */
const tryTake = (file) => {
  try {
    writeFileSync(file, `${hostname()} ${process.pid} ${Date.now()}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
};

/**
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function whileLocked(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let isTold = false;
  while (!tryTake(file)) {
    const holder = readHolder(file);
    if (holder && isStale(holder)) {
      breakLock(file, holder.text);
      continue;
    }
    if (!isTold) say(`waiting for another install${holder ? ` (process ${holder.pid})` : ''}`);
    isTold = true;
    await delay(300);
  }
  const release = () => rmSync(file, { force: true });
  const beat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(file, now, now);
    } catch {
      // a lock file that was deleted by hand is not a reason to stop installing
    }
  }, BEAT_MS);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}
