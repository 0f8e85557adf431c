import type { World } from '../api/world.ts';
import type { Names } from '../blocks/names.ts';

export function namesOf(world: World, me: string): Names {
  return {
    me,
    user: (id) =>
      id === world.bot.userId ? world.bot.name : (world.people.find((one) => one.id === id)?.name ?? null),
    channel: (id) => world.channels.find((one) => one.id === id)?.name ?? null,
    group: (id) => {
      const found = world.groups.find((one) => one.id === id);
      return found ? { handle: found.handle, isMine: found.users.includes(me) } : null;
    },
  };
}
