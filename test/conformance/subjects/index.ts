/** All that is compared. */
import type { Subject } from '../sequence.ts';
import { ACCESS } from './access.ts';
import { CREATION } from './creation.ts';
import { DELETION } from './deletion.ts';
import { NEIGHBOURS } from './neighbours.ts';
import { OWNERS } from './owners.ts';
import { PATCHES } from './patches.ts';
import { READING } from './reading.ts';
import { WATCHING } from './watching.ts';
import { WORKLOADS } from './workloads.ts';

export const SUBJECTS: readonly Subject[] = [
  READING,
  CREATION,
  PATCHES,
  OWNERS,
  DELETION,
  WORKLOADS,
  NEIGHBOURS,
  ACCESS,
  WATCHING,
];
