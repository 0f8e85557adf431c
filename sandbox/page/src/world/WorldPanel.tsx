import { useCallback, useState } from 'react';
import { control } from '../api/client.ts';
import type { World } from '../api/world.ts';
import { Icon } from '../Icon.tsx';
import { usePolled } from '../state/polling.ts';
import { useToast } from '../state/toasts.tsx';
import { Faults } from './Faults.tsx';
import { Guide, type GuideActions } from './Guide.tsx';
import { LogDialog } from './LogDialog.tsx';
import { Numbers } from './Numbers.tsx';

interface Props {
  readonly world: World;
  readonly isStale: boolean;
  readonly guide: GuideActions;
  readonly onChanged: () => Promise<void>;
  readonly onReset: () => Promise<void>;
  readonly onClose: () => void;
}

const DEPLOYMENTS = '/apis/apps/v1/namespaces/payments/deployments';
const ROUTES = '/apis/networking.istio.io/v1/namespaces/payments/virtualservices';

/** What happens behind the chat, and what may be broken in it. */
export function WorldPanel({ world, isStale, guide, onChanged, onReset, onClose }: Props) {
  const say = useToast();
  const [isLog, setLog] = useState(false);
  const [isResetting, setResetting] = useState(false);
  const readCluster = useCallback(async () => {
    const [deployments, routes] = await Promise.all([control.cluster(DEPLOYMENTS), control.cluster(ROUTES)]);
    return { deployments, routes };
  }, []);
  const cluster = usePolled(readCluster, 1000);

  const reset = async () => {
    setResetting(true);
    try {
      await control.reset();
      await onReset();
      say('Messages, faults and counters are cleared.', 'good');
    } catch (failure) {
      say(`Reset failed: ${failure instanceof Error ? failure.message : String(failure)}`);
    } finally {
      setResetting(false);
    }
  };

  return (
    <aside className="pane world-pane" aria-label="World">
      <header className="pane-head">
        <div>
          <h2>World</h2>
          <small className={isStale ? 'stale' : 'live'}>{isStale ? 'no answer' : 'live'}</small>
        </div>
        <button type="button" className="icon-button" aria-label="Close world panel" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="world-scroll">
        <Numbers world={world} cluster={cluster.value} />
        <Guide actions={guide} />
        <Faults world={world} onChanged={onChanged} />
        <footer className="world-foot">
          <button
            type="button"
            className="button button-plain"
            disabled={isResetting}
            onClick={() => void reset()}
          >
            <Icon name="undo" size={16} /> {isResetting ? 'Resetting…' : 'Reset all'}
          </button>
          <button type="button" className="link-button" onClick={() => setLog(true)}>
            Web API log
          </button>
        </footer>
      </div>
      {isLog && <LogDialog onClose={() => setLog(false)} />}
    </aside>
  );
}
