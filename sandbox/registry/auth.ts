import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Grant {
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: number;
}

export type TokenAnswer =
  | { readonly kind: 'token'; readonly token: string; readonly expiresIn: number }
  | { readonly kind: 'refused' };

export type Standing = 'ok' | 'missing' | 'invalid_token' | 'insufficient_scope';

const TOKEN_SECONDS = 300;

const decodeBasic = (header: string): Credentials | null => {
  const [, encoded] = /^Basic (\S+)$/i.exec(header) ?? [];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { username: text.slice(0, colon), password: text.slice(colon + 1) };
};

/**
 * The token service of the distribution spec. A token holds only the scopes it was asked for, so that a client which
 * reuses one token for another repository is refused, as real registries do.
 */
export class TokenService {
  readonly #grants = new Map<string, Grant>();
  readonly #credentials: Credentials | null;

  /** @param credentials null: anybody may pull; else anonymous tokens are refused. */
  constructor(credentials: Credentials | null) {
    this.#credentials = credentials;
  }

  issue(request: IncomingMessage, scopes: readonly string[]): TokenAnswer {
    const header = request.headers.authorization;
    const given = header === undefined ? null : decodeBasic(header);
    const wanted = this.#credentials;
    const isRight = given?.username === wanted?.username && given?.password === wanted?.password;
    if (wanted && !isRight) return { kind: 'refused' };
    const token = randomBytes(24).toString('base64url');
    this.#grants.set(token, { scopes: new Set(scopes), expiresAt: Date.now() + TOKEN_SECONDS * 1000 });
    return { kind: 'token', token, expiresIn: TOKEN_SECONDS };
  }

  /** @param scope null: the base endpoint, any token does. */
  judge(request: IncomingMessage, scope: string | null): Standing {
    const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) return 'missing';
    const grant = this.#grants.get(token);
    if (!grant || grant.expiresAt < Date.now()) return 'invalid_token';
    return scope === null || grant.scopes.has(scope) ? 'ok' : 'insufficient_scope';
  }

  /** Every token that is out becomes invalid: a client has to ask again. */
  revokeAll(): void {
    this.#grants.clear();
  }
}
