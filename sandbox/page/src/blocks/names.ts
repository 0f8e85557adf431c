import { createContext, useContext } from 'react';

/** Who is behind an id: what mentions resolve to. */
export interface Names {
  readonly me: string;
  user(id: string): string | null;
  channel(id: string): string | null;
  group(id: string): { readonly handle: string; readonly isMine: boolean } | null;
}

export const NamesContext = createContext<Names>({
  me: '',
  user: () => null,
  channel: () => null,
  group: () => null,
});

export const useNames = (): Names => useContext(NamesContext);
