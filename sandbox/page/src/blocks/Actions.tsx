import { useContext } from 'react';
import type { Block, BlockElement } from '../api/types.ts';
import { Combobox } from '../modal/Combobox.tsx';
import { optionsOf } from '../modal/options.ts';
import type { OnAction } from './Blocks.tsx';
import { SuggestContext } from './suggest.ts';

function Element({ element, block, onAction }: { element: BlockElement; block: Block; onAction: OnAction }) {
  const options = optionsOf(element);
  const suggest = useContext(SuggestContext);
  if (element.type === 'button') {
    return (
      <button
        type="button"
        className={`button button-${String(element.style ?? 'plain')}`}
        onClick={() => void onAction(element, block.block_id)}
      >
        {element.text?.text}
      </button>
    );
  }
  if (element.type === 'overflow' || element.type === 'static_select' || element.type === 'radio_buttons') {
    return (
      <Combobox
        label={element.placeholder?.text ?? 'More actions'}
        placeholder={element.placeholder?.text ?? 'More…'}
        options={options}
        value={element.initial_option ?? null}
        onChange={(option) => option && void onAction(element, block.block_id, option.value)}
      />
    );
  }
  if (element.type === 'external_select' && suggest) {
    return (
      <Combobox
        label={element.placeholder?.text ?? 'Choose'}
        placeholder={element.placeholder?.text ?? 'Choose…'}
        value={element.initial_option ?? null}
        load={(query) => suggest(element.action_id ?? '', query)}
        minQuery={element.min_query_length ?? 3}
        onChange={(option) => option && void onAction(element, block.block_id, option.value)}
      />
    );
  }
  return <span className="block-broken">A {element.type}</span>;
}

/** An actions block that holds more than buttons: the library's own menus tell nobody what was chosen. */
export function Actions({ block, onAction }: { block: Block; onAction: OnAction }) {
  return (
    <div className="actions">
      {(block.elements ?? []).map((element, at) => (
        <Element key={element.action_id ?? at} element={element} block={block} onAction={onAction} />
      ))}
    </div>
  );
}
