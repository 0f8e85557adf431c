import { type FormEvent, useCallback, useRef, useState } from 'react';
import { control } from '../api/client.ts';
import type { Block, BlockElement, View } from '../api/types.ts';
import { Blocks, type OnAction } from '../blocks/Blocks.tsx';
import { SuggestContext } from '../blocks/suggest.ts';
import { Dialog } from './Dialog.tsx';
import { Field } from './Field.tsx';
import { carryOver, type FieldValue, toWire, type Values } from './values.ts';

interface Props {
  readonly view: View;
  readonly user: string;
  readonly onChanged: () => Promise<void>;
}

const isMissing = (value: FieldValue | undefined): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** Slack itself asks for what is not optional before it tells the app. */
function missingOf(view: View, values: Values): Record<string, string> {
  return Object.fromEntries(
    view.blocks
      .filter(
        (block) =>
          block.type === 'input' && !block.optional && isMissing(values[block.element?.action_id ?? '']),
      )
      .map((block) => [block.block_id ?? '', 'Please complete this required field.']),
  );
}

/** A modal of the bot. The dialog stays one element while views.update changes what is in it. */
export function ViewModal({ view, user, onChanged }: Props) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const [values, setValues] = useState<Values>(() => carryOver(null, view, {}));
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [isBusy, setBusy] = useState(false);
  const [seen, setSeen] = useState(view);
  const form = useRef<HTMLFormElement>(null);
  if (seen !== view) {
    setSeen(view);
    setValues(carryOver(seen, view, values));
  }

  // Said in the form itself: what stands at the foot of the page is behind it.
  const complain = useCallback(
    (failure: unknown) => setTrouble(failure instanceof Error ? failure.message : String(failure)),
    [],
  );
  const click = useCallback<OnAction>(
    async (element, blockId, value) => {
      try {
        const { notice } = await control.click({
          user,
          viewId: view.id,
          actionId: element.action_id ?? '',
          ...(blockId ? { blockId } : {}),
          value: value ?? element.value,
        });
        setTrouble(notice);
        await onChanged();
      } catch (failure) {
        complain(failure);
      }
    },
    [user, view.id, onChanged, complain],
  );

  const change = (block: Block, element: BlockElement, value: FieldValue) => {
    setValues((before) => ({ ...before, [element.action_id ?? '']: value }));
    setErrors(({ [block.block_id ?? '']: _, ...rest }) => rest);
    // A choice is state of the view at once: options of another field may depend on it.
    if (typeof value !== 'string') void click(element, block.block_id, toWire({ value }).value);
  };

  const suggest = useCallback(
    (actionId: string, query: string) => control.suggest({ user, viewId: view.id, actionId, query }),
    [user, view.id],
  );

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const missing = missingOf(view, values);
    setErrors(missing);
    if (Object.keys(missing).length > 0) {
      form.current?.querySelector<HTMLElement>('.field-bad input, .field-bad textarea')?.focus();
      return;
    }
    setBusy(true);
    setTrouble(null);
    try {
      const answer = await control.submit({ user, viewId: view.id, values: toWire(values) });
      setErrors(answer.errors);
      await onChanged();
    } catch (failure) {
      complain(failure);
    } finally {
      setBusy(false);
    }
  };

  const close = () => {
    control.close({ user, viewId: view.id }).catch(complain).finally(onChanged);
  };

  return (
    <Dialog
      title={view.title?.text ?? ''}
      onClose={close}
      footer={
        <>
          <button type="button" className="button button-plain" onClick={close}>
            {view.close?.text ?? 'Cancel'}
          </button>
          {view.submit && (
            <button
              type="submit"
              form={`form-${view.id}`}
              className="button button-primary"
              disabled={isBusy}
            >
              {isBusy ? 'Sending…' : view.submit.text}
            </button>
          )}
        </>
      }
    >
      {trouble && (
        <p className="form-trouble" role="alert">
          {trouble}
        </p>
      )}
      <form ref={form} id={`form-${view.id}`} onSubmit={submit} noValidate>
        <SuggestContext.Provider value={suggest}>
          {view.blocks.map((block, at) => {
            const key = block.block_id ?? `${at}${block.type}`;
            const element = block.element;
            if (block.type !== 'input' || !element)
              return <Blocks key={key} blocks={[block]} onAction={click} />;
            const id = element.action_id ?? '';
            return (
              <Field
                key={key}
                block={block}
                element={element}
                value={values[id] ?? null}
                error={errors[block.block_id ?? ''] ?? null}
                onChange={(value) => change(block, element, value)}
                suggest={(query) => suggest(id, query)}
              />
            );
          })}
        </SuggestContext.Provider>
      </form>
    </Dialog>
  );
}
