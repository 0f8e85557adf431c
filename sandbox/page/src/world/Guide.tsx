import { Icon } from '../Icon.tsx';

export type Step = 1 | 2 | 3 | 4 | 5;

export interface GuideActions {
  readonly done: ReadonlySet<number>;
  run(step: Step): void;
}

export const FIRST_COMMAND = '/deploy payment-gateway v2.3.1 reason="faster UPI retries"';
export const ADOPT_COMMAND = '/dabba adopt refunds reason="first service"';

const STEPS = [
  {
    title: 'Ask for it',
    text: '/deploy payment-gateway v2.3.1',
    note: 'as Asha: fills the composer, you press Enter',
  },
  { title: 'Switch to Bharat and approve', text: 'Approve', note: 'nobody approves their own rollout' },
  { title: 'Watch', text: '10 → 25 → 50 → 75 → 100 %', note: 'card, chart and the numbers above' },
  { title: 'Break it', text: 'v2.3.1 fails 3 %', note: 'during a shift: traffic is back within seconds' },
  {
    title: 'Adopt a plain service',
    text: '/dabba adopt refunds',
    note: 'blue and green under load, and no request is lost',
  },
] as const;

/** The whole story in five taps. */
export function Guide({ actions }: { actions: GuideActions }) {
  return (
    <section className="guide" aria-labelledby="guide-title">
      <h3 id="guide-title">Try this</h3>
      <ol>
        {STEPS.map(({ title, text, note }, at) => {
          const step = (at + 1) as Step;
          const isDone = actions.done.has(step);
          return (
            <li key={title}>
              <button
                type="button"
                className={isDone ? 'step step-done' : 'step'}
                onClick={() => actions.run(step)}
              >
                <i>{isDone ? <Icon name="check" size={14} /> : step}</i>
                <span>
                  <strong>{title}</strong> <code>{text}</code>
                  <small>{note}</small>
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
