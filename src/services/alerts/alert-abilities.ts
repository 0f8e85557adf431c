/** Which acts a card offers: those that the configuration makes possible. Whoever taps is judged then. */
import type { Config } from '../../config/schema.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import type { AlertAbilities } from '../../views/alert-buttons.ts';

export const alertAbilities = ({ alerts }: Config, _group: AlertGroup): AlertAbilities => ({
  silence: alerts?.alertmanager !== undefined,
});
