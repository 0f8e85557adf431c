/** Which commands exist: the whole list, in the order of `help`. One line per verb. */
import { adopt } from './adopt.ts';
import { alerts } from './alerts.ts';
import type { Command } from './command.ts';
import { deploy } from './deploy.ts';
import { go } from './go.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { hold } from './hold.ts';
import { incident } from './incident.ts';
import { lock } from './lock.ts';
import { menu } from './menu.ts';
import { mute } from './mute.ts';
import { oncall } from './oncall.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';
import { traffic } from './traffic.ts';
import { unlock } from './unlock.ts';

export const commands: readonly Command[] = [
  deploy,
  rollback,
  traffic,
  hold,
  go,
  promote,
  adopt,
  status,
  history,
  alerts,
  oncall,
  mute,
  incident,
  lock,
  unlock,
  menu,
  help,
];
