/** Slack's side of a slash command: one signed request, timed until the last byte of the acknowledgement. */
import { Agent, request } from 'node:http';
import { signedHeaders } from '../../sandbox/slack/signing.ts';

export interface Acked {
  readonly ms: number;
  readonly status: number;
  readonly body: string;
}

export interface SlashCommand {
  readonly user: string;
  readonly command: string;
  readonly text: string;
}

const FORM = 'application/x-www-form-urlencoded';
/** Beyond Slack's 3 s, so that a late acknowledgement is seen as late and not as lost. */
const GIVE_UP_MS = 10_000;
/** As the local Slack: a connection per request. */
const agent = new Agent({ keepAlive: false });
let count = 0;

/** @param url the bot's `/slack/events` */
export function sendCommand(
  url: string,
  signingSecret: string,
  team: string,
  channel: string,
  { user, command, text }: SlashCommand,
): Promise<Acked> {
  count += 1;
  const body = new URLSearchParams({
    token: 'bench',
    team_id: team,
    team_domain: 'bench',
    channel_id: channel,
    channel_name: 'war-room',
    user_id: user,
    user_name: user.toLowerCase(),
    command,
    text,
    api_app_id: 'A0BENCH',
    is_enterprise_install: 'false',
    response_url: `${new URL(url).origin}/unused`,
    // Unique, as Slack's are: two equal requests within a second would be one delivered twice.
    trigger_id: `bench.${count}`,
  }).toString();
  const headers = {
    ...signedHeaders(signingSecret, body, FORM),
    'content-length': String(Buffer.byteLength(body)),
  };
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const outgoing = request(url, { method: 'POST', agent, headers, timeout: GIVE_UP_MS }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          ms: performance.now() - started,
          status: incoming.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${GIVE_UP_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
