import { pageView } from '../views/page.ts';
import type { Command } from './command.ts';
import { refuseExtraWords } from './parse.ts';

export const menu: Command = {
  verb: 'menu',
  aliases: [],
  usage: 'menu',
  summary: 'Opens a page: roll back, my approvals, deploy.',
  details: ['The root command alone does the same.'],
  options: [],
  flags: [],
  run: async (context) => {
    refuseExtraWords(context.args, 0, menu, context.root);
    const { items, areGroupsKnown } = await context.services.myApprovals(context.actor);
    const { channel, root } = context;
    return { kind: 'modal', view: pageView({ channel, root, approvals: items, areGroupsKnown }) };
  },
};
