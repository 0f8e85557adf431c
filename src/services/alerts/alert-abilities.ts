/** Which acts a card offers: those that the configuration makes possible. Whoever taps is judged then. */
import type { Config } from '../../config/schema.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AlertAbilities } from '../../views/alert-buttons.ts';
import { peopleAt } from '../permissions.ts';
import { placeOfGroup } from './change-group.ts';

export const alertAbilities = (config: Config, group: AlertGroup): AlertAbilities => ({
  silence: config.alerts?.alertmanager !== undefined,
  expect: peopleAt(config, 'expect', placeOfGroup({ config }, group)) !== null,
});
