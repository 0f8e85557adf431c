import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { Icon } from '../Icon.tsx';

type Tone = 'bad' | 'good' | 'info';
interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}
type Say = (text: string, tone?: Tone) => void;

const Context = createContext<Say>(() => {});

/** Says something at the foot of the page for 6 s. */
export const useToast = (): Say => useContext(Context);

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const next = useRef(1);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const say = useCallback<Say>(
    (text, tone = 'bad') => {
      const id = next.current++;
      setToasts((all) => [...all.filter((toast) => toast.text !== text).slice(-2), { id, tone, text }]);
      setTimeout(() => drop(id), 6000);
    },
    [drop],
  );
  const value = useMemo(() => say, [say]);
  return (
    <Context.Provider value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={`toast toast-${toast.tone}`}>
            <span>{toast.text}</span>
            <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => drop(toast.id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}
