/**
 * Every error a person can meet has one stable code. The code is shared by the Slack reply, the log line, the audit
 * record, the test and docs/errors.md, so that any of them leads to the others.
 */
export type ErrorKind = 'invalid' | 'denied' | 'conflict' | 'unavailable' | 'drift' | 'terminal' | 'bug';

interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** What happened, for docs/errors.md. */
  readonly meaning: string;
  /** What the reader does next: the default hint of an error with this code. */
  readonly hint: string;
}

const entry = (kind: ErrorKind, meaning: string, hint: string): CatalogueEntry => ({ kind, meaning, hint });

export const ERROR_CATALOGUE = {
  // invalid: the input is wrong; nothing was done
  invalid_argument: entry(
    'invalid',
    'An argument of a command is missing or malformed.',
    'Type the command again in the form shown.',
  ),
  unknown_verb: entry('invalid', 'The command has no such verb.', 'Type `/dabba help` for the list.'),
  unknown_service: entry(
    'invalid',
    'No service of that name is configured.',
    'Pick one of the names shown, or add the service to the configuration.',
  ),
  unknown_environment: entry(
    'invalid',
    'The service has no such environment.',
    'Pick one of the environments shown.',
  ),
  region_required: entry(
    'invalid',
    'The environment has several regions and none was named.',
    'Name one with `region=…`.',
  ),
  invalid_config: entry(
    'invalid',
    'The configuration file has faults; the process exits 78.',
    'Mend every fault listed and start again.',
  ),
  not_configured: entry(
    'invalid',
    'The configuration does not have what this needs.',
    'Add the section named to the configuration and start again.',
  ),
  invalid_payload: entry(
    'invalid',
    'A webhook body is not what its sender is known to send.',
    'Compare the body with the format named, or mend the sender’s template. Nothing was stored.',
  ),
  // denied
  not_allowed: entry(
    'denied',
    'The person has no right to this verb on this service and environment.',
    'Ask one of the people or groups named.',
  ),
  self_approval: entry('denied', 'Whoever asks for a rollout may not approve it.', 'Ask another approver.'),
  wrong_channel: entry(
    'denied',
    'Commands are not accepted in this channel or workspace.',
    'Use one of the allowed channels.',
  ),
  rate_limited: entry(
    'denied',
    'Too many commands from one person in a short time.',
    'Wait a minute and try again.',
  ),
  // conflict
  rollout_running: entry(
    'conflict',
    'A rollout of this target is running and holds its claim.',
    'Wait for its end, or roll it back first.',
  ),
  no_rollout: entry('conflict', 'No rollout of this target is running.', 'Start one with `deploy`.'),
  no_alert: entry(
    'conflict',
    'The store knows no alert group of that id.',
    'Read the newest card of the alert; a wiped store knows it again with its next message.',
  ),
  no_incident: entry(
    'conflict',
    'The store knows no incident of that id.',
    'Type `/dabba incident list all` for the newest ones.',
  ),
  incident_open: entry(
    'conflict',
    'An open SEV1 or SEV2 names the service: no deploy, adoption or promotion meanwhile. A rollback is never stopped.',
    'Resolve the incident, or deploy its fix with `fixes=INC-…`, which whoever leads it must approve.',
  ),
  locked: entry(
    'conflict',
    'The target is locked by a person.',
    'Ask the owner to unlock, or unlock it with a reason.',
  ),
  not_locked: entry('conflict', 'The target is not locked.', 'Nothing to do.'),
  already_decided: entry(
    'conflict',
    'The approval was decided before this click arrived.',
    'Read the card: it shows who decided.',
  ),
  stale_button: entry(
    'conflict',
    'The card changed after this button was drawn.',
    'Read the card as it is now and tap again.',
  ),
  expired: entry('conflict', 'The approval expired before this click arrived.', 'Ask for the deploy again.'),
  ref_changed: entry(
    'conflict',
    'The digest, plan or policy changed after the plan was shown.',
    'Ask for the deploy again and approve the new plan.',
  ),
  state_conflict: entry('conflict', 'Another process changed the state first.', 'Try again.'),
  fenced: entry(
    'conflict',
    'A newer owner drives this rollout; this process stepped back.',
    'Nothing to do.',
  ),
  route_conflict: entry(
    'conflict',
    'The route object changed between read and write.',
    'Nothing to do: it is read again and decided again.',
  ),
  not_now: entry(
    'conflict',
    'The rollout is in a phase that does not allow this.',
    'Read `status` and try again when the phase allows it.',
  ),
  // unavailable
  store_unavailable: entry(
    'unavailable',
    'State store unavailable, nothing done.',
    'Try again when Redis is back; running rollouts keep watching and still roll back.',
  ),
  cluster_unavailable: entry(
    'unavailable',
    'The cluster did not answer.',
    'Check the API server; the rollout holds meanwhile.',
  ),
  metrics_unavailable: entry(
    'unavailable',
    'Prometheus did not answer.',
    'Check Prometheus; the rollout holds meanwhile.',
  ),
  registry_unavailable: entry(
    'unavailable',
    'The image registry did not answer.',
    'Try again when the registry answers.',
  ),
  slack_unavailable: entry('unavailable', 'Slack did not answer.', 'Nothing to do: it is sent again.'),
  pager_unavailable: entry(
    'unavailable',
    'The paging service did not take an event.',
    'Nothing to do: it is sent again. Call whoever is on call by another way if it is urgent.',
  ),
  alertmanager_unavailable: entry(
    'unavailable',
    'Alertmanager did not answer, so it could not be silenced, or it is not known whether it was.',
    'Read the card: it says what is known and is looked up again. Silence it in Alertmanager itself if it is urgent.',
  ),
  groups_unavailable: entry(
    'unavailable',
    'Group membership could not be read, so the click was refused.',
    'Try again in a few seconds.',
  ),
  // drift
  foreign_edit: entry(
    'drift',
    'Somebody else changed the weights during the rollout.',
    'Agree who owns the route, then `go` or `rollback`.',
  ),
  // terminal: try differently, not again
  not_adopted: entry(
    'terminal',
    'The service does not stand as blue and green yet.',
    'Adopt the service first: `adopt <service>`, or the button on the card.',
  ),
  image_not_found: entry(
    'terminal',
    'The registry has no such tag or digest.',
    'Pick one of the versions shown.',
  ),
  crd_missing: entry('terminal', 'The cluster does not know this kind of object.', 'Install the CRD named.'),
  forbidden: entry('terminal', 'The cluster refused the bot this request.', 'Apply the RBAC rule shown.'),
  object_missing: entry(
    'terminal',
    'An object that the rollout needs is not there.',
    'Create the object named, or mend the configuration.',
  ),
  route_unusable: entry(
    'terminal',
    'The route does not split between the two colours in a way that can be shifted.',
    'Mend the route as the sentence says.',
  ),
  plan_refused: entry('terminal', 'A gate refused the plan.', 'Do what the gate says and ask again.'),
  pager_refused: entry(
    'terminal',
    'The paging service refused an event.',
    'Compare the routing key with that of its Events API v2 integration. It is tried again every 5 minutes.',
  ),
  alertmanager_refused: entry(
    'terminal',
    'Alertmanager refused a request.',
    'Read what it says; mend `alerts.alertmanager` where it does not know this API or the token.',
  ),
  no_last_good: entry(
    'terminal',
    'There is no earlier good version to go back to.',
    'Deploy a version that works.',
  ),
  bad_probe_spec: entry(
    'terminal',
    'A probe cannot run as configured.',
    'Mend the probe in the configuration.',
  ),
  // bug
  internal: entry(
    'bug',
    'Something that should be impossible happened.',
    'Report it with the id shown; nothing further was done.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export interface ErrorOptions {
  /** What to do next; the catalogue's hint when left out. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Facts for log and audit. Never secrets. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The one error class: `message` says what happened in a plain sentence, `hint` what to do next. */
export class DabbawalaError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DabbawalaError';
    this.code = code;
    this.kind = ERROR_CATALOGUE[code].kind;
    this.hint = options.hint ?? ERROR_CATALOGUE[code].hint;
    this.data = options.data ?? {};
  }
}

export const isDabbawalaError = (error: unknown, code?: ErrorCode): error is DabbawalaError =>
  error instanceof DabbawalaError && (code === undefined || error.code === code);

/**
 * What happened, and what to do next where that is more than the catalogue says of every such error: for a line on a card,
 * where there is no second one for the hint.
 */
export const withHint = ({ code, kind, message, hint }: DabbawalaError): string =>
  kind === 'terminal' || hint !== ERROR_CATALOGUE[code].hint ? `${message} ${hint}` : message;

/** Any thrown value as one of ours: a foreign error becomes `internal` with the original as cause. */
export const toDabbawalaError = (error: unknown): DabbawalaError =>
  error instanceof DabbawalaError
    ? error
    : new DabbawalaError('internal', 'An unexpected error happened; nothing further was done.', {
        cause: error,
      });
