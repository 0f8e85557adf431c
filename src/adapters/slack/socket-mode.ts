/** Slack over a connection of our own: for networks that let nobody in. The same gate and listeners stand behind it. */
import { type Logger, SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../../lib/log.ts';
import { clientOptions } from './clients.ts';
import { markEnvelope, UntrustedRequest } from './gate.ts';
import { createBackoff } from './send-limits.ts';
import { sleep } from './sleep.ts';

export interface SocketModeOptions {
  readonly apiUrl: string;
  readonly appToken: string;
  readonly logger: Logger;
  readonly log: Log;
}

/** A connection that lived shorter than this is no reason to try again at once. */
const LIVED_MS = 5000;

/** It does not reconnect by itself: the library's own way throws where nobody can catch it. */
export const createSocketReceiver = ({
  apiUrl,
  appToken,
  logger,
  log,
}: SocketModeOptions): SocketModeReceiver =>
  new SocketModeReceiver({
    appToken,
    logger,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: clientOptions({ apiUrl, token: '', logger }, 0) },
    customPropertiesExtractor: markEnvelope,
    processEventErrorHandler: async ({ error }) => {
      const isUntrusted = error instanceof UntrustedRequest;
      log.warn({ why: error.message, isUntrusted }, 'request not accepted');
      // Acked, so that it does not come again.
      return isUntrusted;
    },
  });

/** Connects, and again whenever the connection ends, until `stopping`. Slack need not be reachable. */
export async function keepConnected(
  receiver: SocketModeReceiver,
  stopping: AbortSignal,
  log: Log,
): Promise<void> {
  const backoff = createBackoff(60_000);
  while (!stopping.aborted) {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    receiver.client.once('disconnected', resolve);
    const startedAt = performance.now();
    try {
      await receiver.start();
      log.info({}, 'connected to Slack by Socket Mode');
      await ended;
    } catch (error) {
      log.warn({ why: String(error) }, 'no Socket Mode connection yet');
    } finally {
      receiver.client.removeListener('disconnected', resolve);
    }
    // Slack ends each connection now and then and expects the next one at once.
    if (performance.now() - startedAt > LIVED_MS) backoff.reset();
    else await sleep(backoff.next(), stopping);
  }
}
