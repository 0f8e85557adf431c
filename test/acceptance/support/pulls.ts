/** Sees what the bot asks of the image registry: the sandbox's registry lives in this process. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { World } from '../../../sandbox/world/world.ts';

const FINISHED = 'http.server.response.finish';

/** Calls `then` once, when the registry has answered the next request for this manifest. */
export function afterNextPull(world: World, repository: string, tag: string, then: () => void): void {
  const path = `/v2/${repository}/manifests/${tag}`;
  const onFinish = (message: unknown): void => {
    const { request, response } = message as {
      request: IncomingMessage;
      response: { statusCode: number };
    };
    if (request.headers.host !== world.registry.host || request.url !== path || response.statusCode !== 200)
      return;
    unsubscribe(FINISHED, onFinish);
    then();
  };
  subscribe(FINISHED, onFinish);
}

/** The registry names this digest, and no node can pull it. */
export function hideFromNodes(world: World, repository: string, tag: string): void {
  const known = world.registry.digests as Map<string, { readonly name: string; readonly tag: string }>;
  for (const [digest, image] of known)
    if (image.name === repository && image.tag === tag) known.delete(digest);
}
