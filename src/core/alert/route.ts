/** Which channel an alert goes to: the first route whose every matcher holds. */
export interface AlertRoute {
  /** Label to value; `~` in front makes it a list of values: `~blue|green`. */
  readonly match: Readonly<Record<string, string>>;
  readonly channel: string;
}

const holds = (wanted: string, value: string | undefined): boolean =>
  wanted.startsWith('~')
    ? wanted
        .slice(1)
        .split('|')
        .includes(value ?? '')
    : wanted === value;

/** Whether every matcher holds. */
export const isMatch = (
  match: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(match).every(([name, wanted]) =>
    holds(wanted, Object.hasOwn(labels, name) ? labels[name] : undefined),
  );

/** null: no route matches. */
export const routeOf = (
  routes: readonly AlertRoute[],
  labels: Readonly<Record<string, string>>,
): string | null => routes.find(({ match }) => isMatch(match, labels))?.channel ?? null;
