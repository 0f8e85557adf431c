import { isDeepStrictEqual } from 'node:util';

/** Same value, all the way down. */
export const isDeepEqual = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b);
