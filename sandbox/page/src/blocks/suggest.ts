import { createContext } from 'react';
import type { Option } from '../api/types.ts';

/** Options that the bot offers for what is typed into a select of this view; null: messages have no such select. */
export const SuggestContext = createContext<
  ((actionId: string, query: string) => Promise<readonly Option[]>) | null
>(null);
