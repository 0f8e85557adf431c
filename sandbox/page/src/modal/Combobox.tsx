import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Option } from '../api/types.ts';
import { Icon } from '../Icon.tsx';
import { matching } from './options.ts';

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly value: Option | null;
  readonly onChange: (option: Option | null) => void;
  /** All options; with `load` they come from the bot for what is typed. */
  readonly options?: readonly Option[];
  readonly load?: (query: string) => Promise<readonly Option[]>;
  readonly minQuery?: number;
  readonly isInvalid?: boolean;
  readonly describedBy?: string;
  readonly autoFocus?: boolean;
}

/** Options for what is typed; loaded ones 150 ms after the last key, and a late answer never replaces a newer one. */
function useOptions({ options, load, minQuery = 0 }: Props, query: string, isOpen: boolean) {
  const [loaded, setLoaded] = useState<readonly Option[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const loading = useRef(load);
  loading.current = load;
  const isRemote = load !== undefined;
  useEffect(() => {
    if (!isRemote || !isOpen) return;
    if (query.length < minQuery) {
      setLoaded([]);
      return;
    }
    let isOld = false;
    const timer = setTimeout(async () => {
      try {
        const found = (await loading.current?.(query)) ?? [];
        if (!isOld) setLoaded(found);
        if (!isOld) setError(null);
      } catch (failure) {
        if (!isOld) setLoaded([]);
        if (!isOld) setError(failure instanceof Error ? failure.message : 'No answer');
      }
    }, 150);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [isRemote, isOpen, query, minQuery]);
  if (isRemote) return { found: loaded ?? [], isLoading: loaded === null, error };
  return { found: matching(options ?? [], query), isLoading: false, error: null };
}

/** A select with type-ahead (ARIA combobox): arrows, Enter, Escape. */
export function Combobox(props: Props) {
  const { label, placeholder, value, onChange, isInvalid, describedBy, autoFocus } = props;
  const [isOpen, setOpen] = useState(false);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const { found, isLoading, error } = useOptions(props, query, isOpen);
  const at = Math.min(active, Math.max(0, found.length - 1));

  const open = () => {
    setOpen(true);
    setQuery('');
    setActive(
      Math.max(
        0,
        found.findIndex((option) => option.value === value?.value),
      ),
    );
  };
  const choose = (option: Option | undefined) => {
    if (!option) return;
    onChange(option);
    setOpen(false);
    setQuery('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) open();
      else setActive(Math.max(0, Math.min(found.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter' && isOpen) {
      event.preventDefault();
      choose(found[at]);
    } else if (event.key === 'Escape' && isOpen) {
      // The dialog around it stays open.
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === 'Backspace' && !isOpen) {
      onChange(null);
    }
  };
  useEffect(() => {
    if (isOpen) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [isOpen, at, id]);

  return (
    <div className="combobox">
      <input
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-invalid={isInvalid || undefined}
        aria-describedby={describedBy}
        aria-activedescendant={isOpen && found.length > 0 ? `${id}-${at}` : undefined}
        autoComplete="off"
        data-autofocus={autoFocus || undefined}
        placeholder={value ? value.text.text : placeholder}
        value={isOpen ? query : (value?.text.text ?? '')}
        onFocus={(event) => event.target.select()}
        onClick={() => isOpen || open()}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          setOpen(true);
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <span className="combobox-arrow">
        <Icon name="down" size={16} />
      </span>
      {isOpen && (
        <div className="combobox-list" id={`${id}-list`} role="listbox" aria-label={label}>
          {found.map((option, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, as aria-activedescendant says
            <div
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              className={option.value === value?.value ? 'option chosen' : 'option'}
              onPointerDown={(event) => {
                event.preventDefault();
                choose(option);
              }}
              onPointerEnter={() => setActive(index)}
            >
              <span>{option.text.text}</span>
              {option.description && <small>{option.description.text}</small>}
            </div>
          ))}
          {found.length === 0 && (
            <div className="option-none">{error ?? (isLoading ? 'Loading…' : 'No matches')}</div>
          )}
        </div>
      )}
    </div>
  );
}
