/** Up before the first test, down after the last: the control plane, the kinds, and the bot's account as we ship it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admitBot, BOT_USER } from './lab/bot-account.ts';
import { applyCrds } from './lab/crds.ts';
import { externalFacts } from './lab/external.ts';
import { adminApi } from './lab/facts.ts';
import type { Programs } from './lab/programs.ts';
import { down, up, writeFacts } from './lab/up.ts';

export default async function setup(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-lab-'));
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 5 });
  const isExternal = process.env['DABBAWALA_LAB'] === 'external';
  const end = async (): Promise<void> => {
    if (!isExternal) await down(dir);
    await remove();
  };
  try {
    const started = performance.now();
    const facts = isExternal
      ? await externalFacts(dir)
      : await up({ dir, programs: programs(), auditedUser: BOT_USER });
    const api = adminApi(facts);
    const crds = await applyCrds(api);
    await admitBot(api);
    api.close();
    writeFacts({ ...facts, crds });
    process.env['DABBAWALA_LAB_DIR'] = dir;
    // Watches go through fetch, which knows no other way to be told of a CA.
    process.env['NODE_EXTRA_CA_CERTS'] = facts.caFile;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `lab: Kubernetes ${facts.version}, ${crds} CRDs, ${facts.hasPods ? 'with' : 'WITHOUT'} pods, up in ${seconds} s`,
    );
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

const programs = (): Programs => {
  const text = process.env['DABBAWALA_LAB_PROGRAMS'];
  if (text === undefined) throw new Error('this tier runs with `npm run test:cluster`');
  return JSON.parse(text) as Programs;
};
