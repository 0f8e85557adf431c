/** Which acts a card offers: those that the configuration makes possible. Whoever taps is judged then. */
import type { Config, Verb } from '../../config/schema.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AlertAbilities } from '../../views/alert-buttons.ts';
import { peopleAt } from '../permissions.ts';
import { placeOfGroup } from './change-group.ts';
import { placesOf } from './contain-acts.ts';

export function alertAbilities(config: Config, group: AlertGroup): AlertAbilities {
  const isSomebodys = (verb: Verb): boolean =>
    peopleAt(config, verb, placeOfGroup({ config }, group)) !== null;
  const isOurs = placesOf({ config }, group).length > 0;
  return {
    silence: config.alerts?.alertmanager !== undefined,
    expect: isSomebodys('expect'),
    quarantine: isOurs && isSomebodys('quarantine'),
    kill: isOurs && isSomebodys('kill'),
  };
}
