import { useId } from 'react';
import type { Block, BlockElement, Option } from '../api/types.ts';
import { Combobox } from './Combobox.tsx';
import { optionsOf } from './options.ts';
import type { FieldValue } from './values.ts';

export interface FieldProps {
  readonly block: Block;
  readonly element: BlockElement;
  readonly value: FieldValue;
  readonly error: string | null;
  readonly onChange: (value: FieldValue) => void;
  readonly suggest: (query: string) => Promise<readonly Option[]>;
}

const TEXT_TYPES: Readonly<Record<string, string>> = {
  plain_text_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'number',
  datepicker: 'date',
  timepicker: 'time',
};

const INPUT_MODES = { number_input: 'decimal', email_text_input: 'email', url_text_input: 'url' } as const;

function Choices({ element, value, onChange }: Pick<FieldProps, 'element' | 'value' | 'onChange'>) {
  const name = useId();
  const isMany = element.type === 'checkboxes';
  const chosen = Array.isArray(value) ? (value as readonly Option[]) : [];
  const isOn = (option: Option) =>
    isMany
      ? chosen.some((one) => one.value === option.value)
      : (value as Option | null)?.value === option.value;
  const toggle = (option: Option) => {
    if (!isMany) onChange(option);
    else onChange(isOn(option) ? chosen.filter((one) => one.value !== option.value) : [...chosen, option]);
  };
  return (
    <div className="choices">
      {optionsOf(element).map((option) => (
        <label key={option.value} className="choice">
          <input
            type={isMany ? 'checkbox' : 'radio'}
            name={name}
            checked={isOn(option)}
            onChange={() => toggle(option)}
          />
          <span>
            {option.text.text}
            {option.description && <small>{option.description.text}</small>}
          </span>
        </label>
      ))}
    </div>
  );
}

/** One input element of a modal, by its Slack type. */
export function Field(props: FieldProps) {
  const { block, element, value, error, onChange, suggest } = props;
  const id = useId();
  const label = block.label?.text ?? element.placeholder?.text ?? element.action_id ?? '';
  const hint = block.hint?.text;
  const described = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  const isChoice = element.type === 'checkboxes' || element.type === 'radio_buttons';
  const isSelect = element.type.endsWith('_select');
  const common = {
    id,
    'aria-invalid': error !== null || undefined,
    'aria-describedby': described,
    'data-autofocus': element.focus_on_load || undefined,
    placeholder: element.placeholder?.text,
    maxLength: element.max_length,
    value: typeof value === 'string' ? value : '',
  };
  const body = isChoice ? (
    <Choices element={element} value={value} onChange={onChange} />
  ) : isSelect ? (
    <Combobox
      label={label}
      placeholder={element.placeholder?.text ?? 'Choose…'}
      value={(value as Option | null) ?? null}
      onChange={onChange}
      isInvalid={error !== null}
      {...(described ? { describedBy: described } : {})}
      {...(element.focus_on_load ? { autoFocus: true } : {})}
      {...(element.type === 'external_select'
        ? { load: suggest, minQuery: element.min_query_length ?? 3 }
        : { options: optionsOf(element) })}
    />
  ) : element.multiline ? (
    <textarea {...common} rows={4} onChange={(event) => onChange(event.target.value)} />
  ) : (
    <input
      {...common}
      type={TEXT_TYPES[element.type] ?? 'text'}
      inputMode={INPUT_MODES[element.type as keyof typeof INPUT_MODES]}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
    />
  );
  const name = (
    <>
      {label}
      {block.optional && <small> (optional)</small>}
    </>
  );
  return (
    <div className={error ? 'field field-bad' : 'field'}>
      {isChoice ? (
        <fieldset aria-describedby={described}>
          <legend>{name}</legend>
          {body}
        </fieldset>
      ) : (
        <>
          <label htmlFor={isSelect ? undefined : id}>{name}</label>
          {body}
        </>
      )}
      {error && (
        <p className="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
