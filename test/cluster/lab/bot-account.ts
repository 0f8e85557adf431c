/** The bot as the cluster knows it: the ServiceAccount, the Role and the guard that we ship, and tokens for it. */
import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Api, Body } from './api.ts';
import type { LabFacts } from './facts.ts';
import { ISSUER } from './up.ts';

export const BOT = { namespace: 'dabbawala', name: 'dabbawala' } as const;
export const BOT_USER = `system:serviceaccount:${BOT.namespace}:${BOT.name}`;
export const SERVICES_NAMESPACE = 'payments';

/** Objects of a manifest that we ship. */
export const shipped = (file: string): readonly Body[] =>
  parseAllDocuments(readFileSync(fileURLToPath(new URL(`../../../deploy/${file}`, import.meta.url)), 'utf8'))
    .map((document) => document.toJS() as Body)
    .filter((object) => object !== null);

const namespaceOf = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** What a cluster has before the bot comes, and deploy/rbac.yaml as it is. */
export async function admitBot(api: Api): Promise<void> {
  for (const name of [BOT.namespace, SERVICES_NAMESPACE]) await api.put(namespaceOf(name));
  for (const object of shipped('rbac.yaml')) await api.put(object);
  // Pods are refused while their ServiceAccount is not there; the controller that makes `default` may be absent.
  for (const name of ['default', 'payment-gateway']) {
    const metadata = { name, namespace: SERVICES_NAMESPACE };
    const place = `/api/v1/namespaces/${SERVICES_NAMESPACE}/serviceaccounts`;
    if ((await api.find(`${place}/${name}`)) !== undefined) continue;
    const made = await api.send('POST', place, {
      body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    });
    if (made.status !== 201 && made.status !== 409) throw new Error(`ServiceAccount ${name}: ${made.status}`);
  }
}

const account = `/api/v1/namespaces/${BOT.namespace}/serviceaccounts/${BOT.name}`;

/** A token as a pod gets it. */
export async function botToken(api: Api, seconds = 7200): Promise<string> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: seconds },
  };
  return (await api.must('POST', `${account}/token`, { body })).status.token;
}

/** The server takes a token for a minute longer than it says, since clocks differ. */
const LEEWAY_S = 60;

/**
 * The API gives no token for less than 10 minutes; the lab has the key that it signs with.
 * @param seconds after which the server takes it no more, once it has forgotten that it did (10 s)
 */
export async function shortToken(api: Api, facts: LabFacts, seconds: number): Promise<string> {
  const { metadata } = await api.must('GET', account);
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER,
    aud: [ISSUER],
    sub: BOT_USER,
    iat: now - 2 * LEEWAY_S,
    nbf: now - 2 * LEEWAY_S,
    exp: now + seconds - LEEWAY_S,
    'kubernetes.io': { namespace: BOT.namespace, serviceaccount: { name: BOT.name, uid: metadata.uid } },
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  const signature = createSign('RSA-SHA256')
    .update(signed)
    .sign(readFileSync(join(facts.dir, 'sa.key')));
  return `${signed}.${signature.toString('base64url')}`;
}
