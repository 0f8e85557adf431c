import { createPortal } from 'react-dom';
import type { ConfirmObject } from '../api/types.ts';
import { Library } from '../blocks/Library.tsx';
import { Dialog } from './Dialog.tsx';

/** Slack's "are you sure": nothing is sent before the answer. */
export function ConfirmDialog({
  question,
  onAnswer,
}: {
  question: ConfirmObject;
  onAnswer: (isYes: boolean) => void;
}) {
  return createPortal(
    <Dialog
      title={question.title.text}
      size="small"
      onClose={() => onAnswer(false)}
      footer={
        <>
          <button type="button" className="button button-plain" onClick={() => onAnswer(false)}>
            {question.deny.text}
          </button>
          <button
            type="button"
            data-autofocus
            className={`button button-${question.style ?? 'primary'}`}
            onClick={() => onAnswer(true)}
          >
            {question.confirm.text}
          </button>
        </>
      }
    >
      <Library block={{ type: 'section', text: question.text }} />
    </Dialog>,
    document.body,
  );
}
