import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from '../Icon.tsx';

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly size?: 'small' | 'medium' | 'wide';
}

/** The browser's own modal dialog: it keeps the focus inside, gives it back at the end, and closes on Escape. */
export function Dialog({ title, onClose, children, footer, size = 'medium' }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement as HTMLElement | null;
    element.showModal();
    const first =
      element.querySelector<HTMLElement>('[data-autofocus]') ??
      element.querySelector<HTMLElement>('.dialog-body input, .dialog-body textarea') ??
      element.querySelector<HTMLElement>('.dialog-foot .button');
    first?.focus();
    const onCancel = (event: Event) => {
      event.preventDefault();
      close.current();
    };
    const onBackdrop = (event: MouseEvent) => {
      if (event.target === element) close.current();
    };
    element.addEventListener('cancel', onCancel);
    element.addEventListener('mousedown', onBackdrop);
    return () => {
      element.removeEventListener('cancel', onCancel);
      element.removeEventListener('mousedown', onBackdrop);
      element.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog ref={dialog} className={`dialog dialog-${size}`} aria-labelledby={id}>
      <div className="dialog-frame">
        <header className="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div className="dialog-body">{children}</div>
        {footer && <footer className="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
