import { connect } from 'node:net';

/** true when the reply is whole: a simple line, or a bulk string of the length it announces. */
function isWhole(reply: string): boolean {
  const end = reply.indexOf('\r\n');
  if (end < 0) return false;
  if (!reply.startsWith('$')) return true;
  return Buffer.byteLength(reply) >= end + 2 + Number(reply.slice(1, end)) + 2;
}

/** One inline command to a Redis on loopback, answered as raw text. Enough for readiness; no client library here. */
export function askRedis(port: number, command: string, timeoutMs = 1000): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer to ${command}`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`connection closed before the answer to ${command}`)));
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.on('data', (text) => {
      reply += text;
      if (!isWhole(reply)) return;
      resolve(reply);
      socket.destroy();
    });
  });
}
