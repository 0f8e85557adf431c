import type { World } from '../api/world.ts';

export interface Suggestion {
  readonly insert: string;
  readonly title: string;
  readonly note: string;
  readonly detail: string;
}

/** Commands while the first word is typed; people after an `@`. */
export function suggestionsFor(text: string, world: World): readonly Suggestion[] {
  if (/^\/\S*$/.test(text)) {
    const typed = text.toLowerCase();
    return world.commands
      .filter((one) => one.command.startsWith(typed))
      .map((one) => ({
        insert: `${one.command} `,
        title: one.command,
        note: one.usage,
        detail: one.description,
      }));
  }
  const mention = /(?:^|\s)@(\w*)$/.exec(text)?.[1];
  if (mention === undefined || text.startsWith('/')) return [];
  const known = [
    { name: world.bot.name, note: 'App' },
    ...world.people.map((person) => ({ name: person.name, note: person.title })),
  ];
  return known
    .filter((one) => one.name.toLowerCase().startsWith(mention.toLowerCase()))
    .map((one) => ({ insert: `@${one.name} `, title: `@${one.name}`, note: '', detail: one.note }));
}

/** The text with the suggestion in place of what was begun. */
export const applySuggestion = (text: string, suggestion: Suggestion): string =>
  suggestion.insert.startsWith('/') ? suggestion.insert : text.replace(/@\w*$/, suggestion.insert);

/** The form of the command that is being typed. */
export function usageFor(text: string, world: World): string | null {
  const command = /^(\/\S+)\s/.exec(text)?.[1];
  const found = world.commands.find((one) => one.command === command);
  return found ? `${found.command} ${found.usage}` : null;
}
