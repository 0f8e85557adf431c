/**
 * Where the simulator answers otherwise than a real API server, and why it may. sandbox/README.md lists exactly these; one
 * that is no difference any more fails.
 */

export interface KnownDifference {
  /** One line for people. */
  readonly what: string;
  readonly why: string;
  /** Names of steps by sequence; `*`: the sequence cannot be played to its end. */
  readonly steps: Readonly<Record<string, readonly string[] | '*'>>;
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    what: 'Fields that no schema names are kept, without a warning, whatever `fieldValidation` says',
    why: 'the simulator has no schemas; tests keep such fields to show that the bot loses none of an object',
    steps: {
      'unknown-fields': [
        'in a built-in kind',
        'in a built-in kind, and it matters',
        'in a built-in kind, and nobody wants to hear of it',
        'in a custom kind',
        'in a custom kind, and it matters',
        'in the metadata',
      ],
    },
  },
  {
    what: 'A custom object is not held against its schema',
    why: "the schemas are those of Istio, KEDA and the Gateway API; the bot's own objects meet them in the cluster tier",
    steps: {
      published: [
        'a policy of the mesh with a word that is none',
        'a weight that is a word',
        'a weight that is a fraction',
        'a rule without a host',
        'a scaled object without triggers',
      ],
      refusals: ['a custom kind without a name'],
      weights: ['a copy of nothing'],
    },
  },
  {
    what: 'An object with several faults may be refused with fewer of them',
    why: 'the first is enough to refuse it; the bot shows the message and looks for no cause',
    steps: {
      refusals: ['a name that is too long'],
      invalid: ['a Job with a selector of its own'],
    },
  },
  {
    what: 'The refusal of another template for a Job does not print the template',
    why: 'the real one prints its own Go structures; status, reason and field are the same',
    steps: { tasks: ['another command'] },
  },
  {
    what: 'The spec of a pod or of a claim can be changed after creation',
    why: 'nobody in the sandbox does; the bot has no right to',
    steps: { 'pod-alone': ['another command'], reach: ['a claim that changes'] },
  },
  {
    what: 'Every pod is scheduled at once, whatever its selectors say',
    why: 'there is no scheduler; a pod that does not start is shown by an image that is missing',
    steps: { 'pod-alone': ['into a pod without an address', 'its log'] },
  },
  {
    what: "Autoscalers are served in `autoscaling/v2` alone, Istio's kinds not in `v1alpha3`",
    why: 'the bot asks for no other version',
    steps: { scalers: ['in the older version'], discovery: ['all groups'] },
  },
  {
    what: 'A ResourceQuota is stored and listed, not counted and not enforced',
    why: 'tests write the status that they need; the cluster tier shows the real one',
    steps: { room: '*' },
  },
];

/** The lines of sandbox/README.md. */
export const rowsOf = (differences: readonly KnownDifference[]): readonly string[] =>
  differences.map(({ what, why }) => `- ${what}: ${why}.`);

/** Whether a difference of the step is known. */
export const isKnown = (sequence: string, step: string): boolean =>
  KNOWN_DIFFERENCES.some(({ steps }) => {
    const names = steps[sequence];
    return names !== '*' && names?.includes(step) === true;
  });

export const cannotBePlayed = (sequence: string): boolean =>
  KNOWN_DIFFERENCES.some(({ steps }) => steps[sequence] === '*');
