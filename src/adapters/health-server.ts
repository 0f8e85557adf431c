/** Health, readiness and metrics on a port of their own. No configuration, no versions, no secrets. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

export interface Readiness {
  readonly isReady: boolean;
  /** One line per part, true or false with words. */
  readonly parts: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
}

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** Must answer within a second or two and never throw. */
  readonly readiness: () => Promise<Readiness>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server: FastifyInstance = Fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: 5000,
    connectionTimeout: 10_000,
  });
  // Alive means that the event loop turns; a restart would not bring Redis back.
  server.get('/healthz', async () => ({ status: 'alive' }));
  server.get('/readyz', async (_, reply) => {
    const readiness = await options.readiness();
    return reply
      .code(readiness.isReady ? 200 : 503)
      .send({ status: readiness.isReady ? 'ready' : 'not ready', parts: readiness.parts });
  });
  server.get('/metrics', async (_, reply) =>
    reply.type(options.registry.contentType).send(await options.registry.metrics()),
  );
  await server.listen({ host: options.host, port: options.port });
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () => server.close(),
  };
}
