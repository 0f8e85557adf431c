import { ACTIONS } from '../views/actions.ts';
import type { Opener } from './opener.ts';

/** *Deploy…* of the page: the form that `deploy` alone opens. */
export const pageDeploy: Opener = {
  actionId: ACTIONS.pageDeploy,
  open: ({ ask }) => ask('deploy'),
};
