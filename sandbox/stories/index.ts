/** The stories that `npm run demo -- --script=…` plays. */
import { adopt } from './adopt.ts';
import { alerts } from './alerts.ts';
import { breach } from './breach.ts';
import { happy } from './happy.ts';
import { outage } from './outage.ts';
import type { Story } from './story.ts';

export const stories: readonly Story[] = [happy, breach, outage, adopt, alerts];
