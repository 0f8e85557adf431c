import { useCallback } from 'react';
import { control } from '../api/client.ts';
import { Dialog } from '../modal/Dialog.tsx';
import { useWorldContext } from '../state/context.ts';
import { usePolled } from '../state/polling.ts';

const SHOWN = 200;
const time = (at: number | undefined): string =>
  at === undefined ? '' : new Date(at).toTimeString().slice(0, 8);

/** Every Web API call of the bot, the newest first. */
export function LogDialog({ onClose }: { onClose: () => void }) {
  const { world } = useWorldContext();
  const read = useCallback(() => control.log(), []);
  const { value, isStale } = usePolled(read, 2000);
  // The number of a call is its identity: the log only grows.
  const calls = (value ?? [])
    .map((call, number) => ({ ...call, number }))
    .slice(-SHOWN)
    .reverse();
  const nameOf = (id: string | null | undefined) =>
    id ? `#${world.channels.find((one) => one.id === id)?.name ?? id}` : '';
  return (
    <Dialog title="Web API log" size="wide" onClose={onClose}>
      <p className="log-head">
        What the bot called, newest first.{' '}
        <a href="/control/log" target="_blank" rel="noreferrer">
          All of it as JSON
        </a>
        {isStale && <span className="stale"> no answer</span>}
      </p>
      {value === null ? (
        <p className="empty">Loading…</p>
      ) : calls.length === 0 ? (
        <p className="empty">No call yet.</p>
      ) : (
        <div className="sheet-scroll">
          <table className="sheet log">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Method</th>
                <th scope="col">Where</th>
                <th scope="col" className="right">
                  Took
                </th>
                <th scope="col">Result</th>
              </tr>
            </thead>
            <tbody>
              {calls.map((call) => (
                <tr key={call.number}>
                  <td>{time(call.at)}</td>
                  <td>
                    <code>{call.method}</code>
                  </td>
                  <td>{nameOf(call.channel)}</td>
                  <td className="right">{call.ms === undefined ? '' : `${Math.round(call.ms)} ms`}</td>
                  <td className={call.error ? 'log-bad' : 'log-good'}>
                    {call.error ? `${call.status ?? ''} ${call.error}` : 'ok'}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Dialog>
  );
}
