import { isDabbawalaError } from '../lib/errors.ts';
import type { FiringList } from '../services/alerts/alert-acts.ts';
import { pageView } from '../views/page.ts';
import type { Command, CommandContext } from './command.ts';
import { refuseExtraWords } from './parse.ts';

const FIRING_AT_MOST = 5;

export const menu: Command = {
  verb: 'menu',
  aliases: [],
  usage: 'menu',
  summary: 'Opens a page: roll back, deploy, my approvals, what fires now.',
  details: ['The root command alone does the same.'],
  options: [],
  flags: [],
  run: async (context) => {
    refuseExtraWords(context.args, 0, menu, context.root);
    const { channel, root, now, actor, services } = context;
    const [{ items, areGroupsKnown }, firing] = await Promise.all([
      services.myApprovals(actor),
      firingNow(context),
    ]);
    return {
      kind: 'modal',
      view: pageView({
        ...{ channel, root, areGroupsKnown, approvals: items },
        firing: firing && { ...firing, service: null, root, now },
      }),
    };
  },
};

/** null where no alerts are taken, or this person may not see them: the rest of the page is theirs all the same. */
const firingNow = ({ services, actor }: CommandContext): Promise<FiringList | null> =>
  services.alerts.firing(actor, { service: null, atMost: FIRING_AT_MOST }).catch((error: unknown) => {
    if (isDabbawalaError(error, 'not_configured') || isDabbawalaError(error, 'not_allowed')) return null;
    throw error;
  });
