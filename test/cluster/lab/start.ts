/** A control plane as the bot meets it: up, with the kinds and the bot's account as we ship it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admitBot, BOT_USER } from './bot-account.ts';
import { applyCrds } from './crds.ts';
import { dropAdmin, externalFacts } from './external.ts';
import { adminApi, type LabFacts } from './facts.ts';
import type { Programs } from './programs.ts';
import { down, up, writeFacts } from './up.ts';

export interface Lab {
  readonly facts: LabFacts;
  /** Idempotent for what it started. */
  end(): Promise<void>;
}

/** @param programs null: the cluster of KUBECONFIG, which is left as it is */
export async function startLab(programs: Programs | null): Promise<Lab> {
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-lab-'));
  const end = async (): Promise<void> => {
    if (programs) await down(dir);
    else dropAdmin();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const started = performance.now();
    const facts = programs ? await up({ dir, programs, auditedUser: BOT_USER }) : await externalFacts(dir);
    const api = adminApi(facts);
    const crds = await applyCrds(api, programs !== null);
    await admitBot(api);
    api.close();
    const whole = { ...facts, crds };
    writeFacts(whole);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `lab: Kubernetes ${facts.version}, ${crds} CRDs, ${facts.hasPods ? 'with' : 'WITHOUT'} pods, up in ${seconds} s`,
    );
    return { facts: whole, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** For the processes that work on it. Watches go through fetch, which knows no other way to be told of a CA. */
export const labEnvironment = ({ dir, caFile }: LabFacts): Readonly<Record<string, string>> => ({
  DABBAWALA_LAB_DIR: dir,
  NODE_EXTRA_CA_CERTS: caFile,
});

/** As whoever made this network of its own handed them in. */
export function programsHandedIn(): Programs {
  const text = process.env['DABBAWALA_LAB_PROGRAMS'];
  if (text === undefined)
    throw new Error('this runs with `npm run test:cluster` or `npm run demo -- --cluster=real`');
  return JSON.parse(text) as Programs;
}
