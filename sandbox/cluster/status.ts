import { type Kind, qualifiedKind, qualifiedResource } from './kinds.ts';

/** The bodies of refusals, word for word as a real API server sends them: the bot tells them apart by these. */

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: Record<string, unknown>;
  readonly code: number;
}

/** A refusal on its way to the client. */
export class StatusError extends Error {
  readonly body: StatusBody;

  constructor(code: number, reason: string | undefined, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'StatusError';
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** A version or kind that a group which is there does not serve, or a part that an object has not. */
export function unknownResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** Not a Status at all: what the server says for a path that no API is installed at. */
export class PlainNotFound extends Error {}

function detailsOf(kind: Kind, name: string): Record<string, unknown> {
  return { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Kind, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${qualifiedResource(kind)} "${name}" not found`,
    detailsOf(kind, name),
  );
}

export function alreadyExists(kind: Kind, name: string, isBeingDeleted: boolean): StatusError {
  const message = `${qualifiedResource(kind)} "${name}" already exists`;
  return new StatusError(
    409,
    'AlreadyExists',
    isBeingDeleted ? `object is being deleted: ${message}` : message,
    detailsOf(kind, name),
  );
}

export function modifiedConflict(kind: Kind, name: string): StatusError {
  return objectConflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function objectConflict(kind: Kind, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(kind)} "${name}": ${why}`,
    detailsOf(kind, name),
  );
}

/** A delete whose precondition does not hold. The real server names the kind here, not the resource. */
export function preconditionConflict(kind: Kind, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedKind(kind)} "${name}": ${why}`,
    { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.kind },
  );
}

/** A failed `test` and a wrong path look the same: no field, no cause. */
export function patchRejected(): StatusError {
  return new StatusError(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  );
}

export function invalid(
  kind: Pick<Kind, 'group' | 'kind'>,
  name: string,
  causes: readonly StatusCause[],
): StatusError {
  // Said once, however often it was found.
  const faults = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const text = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${qualifiedKind(kind)} "${name}" is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.kind,
    causes,
  });
}

/** An object of another kind or version than the path says, sent to a custom resource. */
export function wrongType(
  kind: Pick<Kind, 'group' | 'kind'>,
  name: string,
  field: string,
  message: string,
): StatusError {
  return invalid(kind, name, [{ reason: 'FieldValueInvalid', message, field }]);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', message);
}

export function internalError(message: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

/** The version asked for is older than what the server still remembers. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

/** The version asked for is one that the server has not reached: it was restarted, or it is another one. */
export function tooLargeVersion(asked: number, current: number): StatusError {
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  return new StatusError(504, 'Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export function forbidden(options: {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}): StatusError {
  const { user, verb, group, plural, subresource, namespace, name } = options;
  const what = subresource === undefined ? plural : `${plural}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const subject = `${qualifiedResource({ group, plural })}${name === undefined ? '' : ` "${name}"`}`;
  return new StatusError(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${user}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`,
    {
      ...(name === undefined ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind: plural,
    },
  );
}

export function forbiddenPath(user: string, verb: string, path: string): StatusError {
  return new StatusError(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {});
}
