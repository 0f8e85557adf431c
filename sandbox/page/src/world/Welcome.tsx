import { ADOPT_COMMAND, FIRST_COMMAND } from './Guide.tsx';

const TRY = [
  { command: FIRST_COMMAND, what: 'ask for a deploy; somebody else must approve it' },
  { command: '/deploy', what: 'the same by a form' },
  { command: ADOPT_COMMAND, what: 'a plain Deployment becomes blue and green under load' },
  { command: '/dabba help', what: 'everything else' },
] as const;

/** The first screen: what this is, who you are, what to type. */
export function Welcome(props: {
  me: string | null;
  isWorldOpen: boolean;
  onPick: (command: string) => void;
  onWorld: () => void;
}) {
  return (
    <div className="empty welcome">
      <strong>Deploy something</strong>
      <p>
        This is the real bot in a local Slack, over four services under constant load. Break what you like:
        nothing leaves this machine.
      </p>
      <p>
        You are <b>{props.me ?? '…'}</b>. Tap a command, then press Enter:
      </p>
      <ul>
        {TRY.map(({ command, what }) => (
          <li key={command}>
            <button type="button" className="example" onClick={() => props.onPick(command)}>
              {command}
              <small>{what}</small>
            </button>
          </li>
        ))}
      </ul>
      {!props.isWorldOpen && (
        <p>
          <button type="button" className="link-button" onClick={props.onWorld}>
            World
          </button>{' '}
          shows the traffic and breaks things.
        </p>
      )}
    </div>
  );
}
