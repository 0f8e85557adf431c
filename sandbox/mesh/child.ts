/** Entry of the mesh's process: answers calls over IPC and dies with its parent. */
import type { CallMessage, PlaneMessage } from './channel.ts';
import { createPlane } from './plane.ts';

const tell = (message: PlaneMessage): void => {
  if (process.connected) process.send?.(message);
};
const plane = createPlane((pod, exitCode) => tell({ kind: 'exit', pod, exitCode }));

process.on('message', (message: CallMessage) => {
  const handler = plane.handlers[message.name] as (...args: readonly unknown[]) => Promise<unknown>;
  Promise.resolve()
    .then(() => handler(...message.args))
    .then(
      (value) => tell({ kind: 'answer', id: message.id, value }),
      (error: Error) =>
        tell({ kind: 'refusal', id: message.id, error: { name: error.name, message: error.message } }),
    );
});
process.on('disconnect', () => void plane.close().finally(() => process.exit(0)));
