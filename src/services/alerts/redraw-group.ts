import type { AlertPorts } from './alert-ports.ts';

/** Races that a redraw may lose: whoever wins them makes the card dirty as well. */
const TRIES = 3;

/** Makes the card dirty without changing anything, so that the newest state is drawn over whatever stands there. */
export async function redrawGroup(ports: Pick<AlertPorts, 'alerts' | 'queue'>, id: string): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await ports.alerts.load(id);
    if (!stored) return;
    const result = await ports.alerts.save(id, {
      next: stored.group,
      expectedRev: stored.rev,
      lines: [],
      audit: [],
      isDirty: true,
    });
    await ports.queue.wakeChannel(stored.group.channel);
    if (result === 'done') return;
  }
}
