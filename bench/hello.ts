/** The floor of `ack`: Bolt as its own first page shows it. One command, acknowledged with a text. */
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { readRequest } from './measure/helper.ts';

export interface HelloRequest {
  readonly botToken: string;
  readonly signingSecret: string;
  readonly slackApi: string;
}

export interface HelloReady {
  readonly url: string;
}

const { botToken, signingSecret, slackApi } = readRequest<HelloRequest>();
const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR });
const app = new App({
  token: botToken,
  receiver,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: slackApi },
});
app.command('/hello', async ({ ack }) => ack('Hello.'));
const server = await receiver.start({ port: 0, host: '127.0.0.1' });
const ready: HelloReady = {
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`,
};
process.send?.(ready);
