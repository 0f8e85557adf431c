import { createContext, useContext } from 'react';
import { readWorld, type World } from '../api/world.ts';
import type { Theme } from './theme.ts';

export interface WorldContextValue {
  readonly world: World;
  readonly theme: Theme;
  readonly user: string;
}

export const WorldContext = createContext<WorldContextValue>({
  world: readWorld(null),
  theme: 'light',
  user: '',
});

export const useWorldContext = (): WorldContextValue => useContext(WorldContext);
