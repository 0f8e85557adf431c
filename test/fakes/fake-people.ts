import type { People } from '../../src/services/build-actor.ts';

/** Everybody is known by id unless a test says otherwise. */
export const createFakePeople = (
  overrides: Readonly<Record<string, Awaited<ReturnType<People['person']>>>> = {},
): People => ({
  person: async (userId) =>
    overrides[userId] ?? {
      name: userId.slice(2).toLowerCase(),
      email: `${userId.slice(2).toLowerCase()}@tiffin.example`,
      isBot: false,
    },
});
