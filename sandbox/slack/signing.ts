import { createHmac } from 'node:crypto';

/** Slack's v0 signature of a raw body. */
export const sign = (secret: string, timestamp: number, body: string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;

/** Headers that Slack sends with a request. `atSeconds` is wall time: the bot compares it with its own clock. */
export function signedHeaders(
  secret: string,
  body: string,
  contentType: string,
  atSeconds = Math.floor(Date.now() / 1000),
): Record<string, string> {
  return {
    'content-type': contentType,
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    accept: 'application/json,*/*',
    'x-slack-request-timestamp': String(atSeconds),
    'x-slack-signature': sign(secret, atSeconds, body),
  };
}
