/** A network and a process space of its own: pods have addresses, ports meet nobody, and whatever is left dies with it. */
const ISOLATE = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** The command line that runs another one in there. Without root a user namespace gives the right to it. */
export const isolated = (command: readonly string[]): readonly [string, ...string[]] => [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
  ...ISOLATE,
  ...command,
];
