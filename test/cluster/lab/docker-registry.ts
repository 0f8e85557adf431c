/** Debian's docker-registry with token auth, and the token server that it believes. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, createSign, randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../../sandbox/processes/port.ts';
import { until } from '../../support/until.ts';

export const USER = 'dabbawala';
export const PASSWORD = 'a-password-of-the-lab';
const SERVICE = 'lab-registry';
const ISSUER = 'lab-issuer';

export interface DockerRegistry {
  /** `127.0.0.1:5000` */
  readonly host: string;
  /** Stores an image of one platform; its digest. */
  push(name: string, tag: string, created: string): Promise<string>;
  /** Stores an index over one image for each platform; its digest. */
  pushIndex(name: string, tag: string, architectures: readonly string[]): Promise<string>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

const sha256 = (body: string): string => `sha256:${createHash('sha256').update(body).digest('hex')}`;
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startDockerRegistry(): Promise<DockerRegistry> {
  const dir = await mkdtemp(join(tmpdir(), 'dabbawala-registry-'));
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-nodes', '-days', '2', '-subj', `/CN=${ISSUER}`, '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject], { stdio: 'ignore' });
  const tokens = tokenServer(key, certificate);
  await new Promise<void>((resolve) => tokens.server.listen(0, '127.0.0.1', resolve));
  const realm = `http://127.0.0.1:${(tokens.server.address() as AddressInfo).port}/token`;
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, 'config.yml');
  await writeFile(
    config,
    stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
      http: { addr: host },
      auth: { token: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: certificate } },
    }),
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const close = async (): Promise<void> => {
    await stop();
    tokens.server.closeAllConnections();
    await new Promise((resolve) => tokens.server.close(resolve));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    // Without a token it answers 401: then it is up.
    await until('the registry answers', async () =>
      fetch(`http://${host}/v2/`).then(
        ({ status }) => status === 401,
        () => false,
      ),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { host, stop, close, ...pushing(host, (name) => tokens.grant(name, ['pull', 'push'])) };
}

/** Tokens as the distribution project specifies them: a JWT whose header carries the certificate. */
function tokenServer(keyFile: string, certificateFile: string) {
  const key = readFileSync(keyFile);
  const x5c = [new X509Certificate(readFileSync(certificateFile)).raw.toString('base64')];
  const grant = (name: string, actions: readonly string[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: ISSUER, aud: SERVICE, sub: USER, jti: randomUUID() },
      ...{ iat: now, nbf: now - 10, exp: now + 300 },
      access: [{ type: 'repository', name, actions }],
    };
    const text = `${base64url({ typ: 'JWT', alg: 'RS256', x5c })}.${base64url(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
  };
  const wanted = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const [, name = ''] =
      /^repository:(.+):/.exec(new URL(request.url ?? '', 'http://token').searchParams.get('scope') ?? '') ??
      [];
    const isKnown = request.headers.authorization === wanted;
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? { token: grant(name, ['pull']) } : { details: 'wrong password' }));
  });
  return { server, grant };
}

function pushing(
  host: string,
  tokenFor: (name: string) => string,
): Pick<DockerRegistry, 'push' | 'pushIndex'> {
  const send = async (name: string, method: string, url: string, body?: string, type?: string) => {
    const answer = await fetch(new URL(url, `http://${host}`), {
      method,
      headers: { authorization: `Bearer ${tokenFor(name)}`, ...(type ? { 'content-type': type } : {}) },
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const blob = async (name: string, body: string) => {
    const begun = await send(name, 'POST', `/v2/${name}/blobs/uploads/`);
    const place = new URL(begun.headers.get('location') ?? '', `http://${host}`);
    place.searchParams.set('digest', sha256(body));
    await send(name, 'PUT', place.href, body, 'application/octet-stream');
    return { digest: sha256(body), size: body.length };
  };
  const manifest = async (name: string, reference: string, content: { mediaType: string }) => {
    const body = JSON.stringify(content);
    await send(name, 'PUT', `/v2/${name}/manifests/${reference}`, body, content.mediaType);
    return { digest: sha256(body), size: body.length };
  };
  const image = async (name: string, reference: string | null, config: object) => {
    const layer = await blob(name, `layer of ${name} ${JSON.stringify(config)}`);
    const content = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        ...(await blob(name, JSON.stringify(config))),
      },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
    };
    return manifest(name, reference ?? sha256(JSON.stringify(content)), content);
  };
  return {
    push: async (name, tag, created) =>
      (await image(name, tag, { created, os: 'linux', architecture: 'amd64' })).digest,
    pushIndex: async (name, tag, architectures) => {
      const manifests = [];
      for (const architecture of architectures)
        manifests.push({
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          ...(await image(name, null, { os: 'linux', architecture })),
          platform: { os: 'linux', architecture },
        });
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      return (await manifest(name, tag, { schemaVersion: 2, mediaType, manifests } as never)).digest;
    },
  };
}
