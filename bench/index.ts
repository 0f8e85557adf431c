/** The benchmarks that `npm run bench -- <name>` knows. */
import { ack } from './ack.ts';
import { alerts } from './alerts.ts';
import type { Benchmark } from './benchmark.ts';
import { reaction } from './reaction.ts';

export const benchmarks: readonly Benchmark[] = [ack, alerts, reaction];
