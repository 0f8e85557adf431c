/**
 * A body that is correct JSON and no object (`null`, `payload=null`): Bolt reads its fields outside of every try, and an
 * exception there ends the process. Such a request is answered 400 before Bolt sees it; everything else goes on to Bolt.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HTTPModuleFunctions as bolt, type HTTPReceiver } from '@slack/bolt';

type Buffered = Parameters<typeof bolt.parseHTTPRequestBody>[0];

/** Whether Bolt would find no object in it; what is no JSON at all Bolt answers itself. */
function holdsNoObject(request: Buffered): boolean {
  try {
    const body: unknown = bolt.parseHTTPRequestBody(request);
    return typeof body !== 'object' || body === null;
  } catch {
    return false;
  }
}

async function buffer(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
): Promise<Buffered | null> {
  try {
    return await bolt.bufferIncomingMessage(request, limit);
  } catch (error) {
    // As Bolt would have answered: too long, or cut off.
    const isTooLong = bolt.isRawBodyError(error) && error.statusCode === 413;
    if (!response.headersSent) bolt.buildNoBodyResponse(response, isTooLong ? 413 : 401);
    return null;
  }
}

/** As Bolt reads it: `/slack/./events` and an absolute address are the same path. null: no address at all. */
function pathOf({ url }: IncomingMessage): string | null {
  try {
    return new URL(url ?? '', 'http://localhost').pathname;
  } catch {
    return null;
  }
}

/** Puts the guard before the receiver's listener; to be called once, before it starts. */
export function guardBody(receiver: HTTPReceiver, path: string, limit: number): void {
  const listen = receiver.requestListener;
  const guarded = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const buffered = await buffer(request, response, limit);
    if (buffered === null) return;
    if (holdsNoObject(buffered)) bolt.buildNoBodyResponse(response, 400);
    else listen(request, response);
  };
  receiver.requestListener = (request, response) => {
    // Whatever is no event Bolt refuses at once, by an exception that its own server turns into an answer.
    if (request.method !== 'POST' || pathOf(request) !== path) return listen(request, response);
    void guarded(request, response).catch(() => response.destroy());
  };
}
