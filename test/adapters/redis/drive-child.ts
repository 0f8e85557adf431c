/** A replica for takeover.test.ts: drives whatever it is given for ever, until it is killed. Argument: the settings. */
import { connectRedis } from '../../../src/adapters/redis/connect.ts';
import { BullDriveQueue } from '../../../src/adapters/redis/drive-queue.ts';

const queue = new BullDriveQueue(connectRedis(JSON.parse(process.argv[2] ?? '{}')));
queue.startDriveWorker({
  concurrency: 10,
  drive: async (rolloutId, _signal, wakeups) => {
    process.stdout.write(`driving ${rolloutId}\n`);
    while ((await wakeups.sleep(1000)) !== 'stopped');
  },
});
