/** A stand-in for Slack's end of Socket Mode: apps.connections.open, and a WebSocket that speaks text frames alone. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface SocketSlack {
  readonly apiUrl: string;
  /** What came back, by envelope. */
  readonly acks: Map<string, unknown>;
  readonly connections: number;
  isRefusing: boolean;
  send(envelope: object): void;
  /** As Slack does now and then: it ends a connection and expects the next one. */
  recycle(): void;
  close(): Promise<void>;
}

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, 0, 0]);
  if (body.length >= 126) head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

/** Frames of a client, which are masked; what is left over comes with the next chunk. */
function frames(data: Buffer, onFrame: (opcode: number, body: Buffer) => void): Buffer {
  let rest = data;
  while (rest.length >= 6) {
    const short = (rest[1] ?? 0) & 0x7f;
    const at = short === 126 ? 4 : 2;
    if (rest.length < at) break;
    const length = short === 126 ? rest.readUInt16BE(2) : short;
    if (rest.length < at + 4 + length) break;
    const mask = rest.subarray(at, at + 4);
    const body = Buffer.from(rest.subarray(at + 4, at + 4 + length)).map(
      (byte, i) => byte ^ (mask[i % 4] ?? 0),
    );
    onFrame((rest[0] ?? 0) & 0x0f, Buffer.from(body));
    rest = rest.subarray(at + 4 + length);
  }
  return rest;
}

export async function startSocketSlack(): Promise<SocketSlack> {
  const acks = new Map<string, unknown>();
  let socket: Duplex | null = null;
  let connections = 0;
  let isRefusing = false;
  const server = createServer((request, response) => {
    request.resume();
    const isOpen = request.url?.endsWith('apps.connections.open');
    const answer = isRefusing
      ? { ok: false, error: 'internal_error' }
      : {
          ok: true,
          url: `ws://127.0.0.1:${port()}/link`,
          team_id: 'T0DABBA',
          user_id: 'U0BOT',
          bot_id: 'B0BOT',
        };
    if (isOpen && !isRefusing) connections += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const port = (): number => (server.address() as AddressInfo).port;
  server.on('upgrade', (request, stream) => {
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}${MAGIC}`).digest('base64');
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
    );
    socket = stream;
    let rest: Buffer = Buffer.alloc(0);
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      rest = frames(Buffer.concat([rest, chunk]), (opcode, body) => {
        if (opcode === 8) stream.end(Buffer.from([0x88, 0]));
        if (opcode === 9) stream.write(Buffer.from([0x8a, 0]));
        if (opcode !== 1) return;
        const { envelope_id: id, payload } = JSON.parse(body.toString());
        acks.set(id, payload);
      });
    });
    stream.write(frame(JSON.stringify({ type: 'hello' })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${port()}/api/`,
    acks,
    get connections() {
      return connections;
    },
    get isRefusing() {
      return isRefusing;
    },
    set isRefusing(value) {
      isRefusing = value;
    },
    send: (envelope) => socket?.write(frame(JSON.stringify(envelope))),
    recycle: () => socket?.write(frame(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }))),
    close: async () => {
      socket?.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
