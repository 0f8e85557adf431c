import { memo, useCallback, useEffect, useRef, useState } from 'react';
import type { Block, BlockElement } from '../api/types.ts';
import { ConfirmDialog } from '../modal/ConfirmDialog.tsx';
import { Actions } from './Actions.tsx';
import { Boundary } from './Boundary.tsx';
import { readLineChart } from './chart.ts';
import { Library } from './Library.tsx';
import { LineChart } from './LineChart.tsx';
import { actionsOf } from './prepare.ts';
import { Table } from './Table.tsx';

export type OnAction = (element: BlockElement, blockId: string | undefined, value?: unknown) => Promise<void>;

const KNOWN = new Set(
  'section divider image context header rich_text video actions context_actions markdown alert card carousel container plan task_card data_visualization'.split(
    ' ',
  ),
);

const isButtonOnly = (block: Block): boolean => (block.elements ?? []).every((one) => one.type === 'button');

function Drawn({ block, onAction }: { block: Block; onAction: OnAction }) {
  if (block.type === 'table' || block.type === 'data_table') return <Table block={block} />;
  if (block.type === 'data_visualization') {
    const model = readLineChart(block);
    if (model) return <LineChart model={model} />;
  }
  if (block.type === 'actions' && !isButtonOnly(block)) return <Actions block={block} onAction={onAction} />;
  if (block.type === 'section' && block.accessory && !['button', 'image'].includes(block.accessory.type)) {
    const { accessory, ...rest } = block;
    return (
      <>
        <Library block={rest as Block} />
        <Actions block={{ ...block, elements: [accessory] }} onAction={onAction} />
      </>
    );
  }
  if (!KNOWN.has(block.type)) return <div className="block-broken">A {block.type} block</div>;
  return <Library block={block} />;
}

interface Pending {
  readonly element: BlockElement;
  readonly run: () => void;
}

/** One block and one click listener: the library gives a button the DOM id of its action_id. */
const LiveBlock = memo(function LiveBlock({ block, onAction }: { block: Block; onAction: OnAction }) {
  const box = useRef<HTMLDivElement>(null);
  const [pending, setPending] = useState<Pending | null>(null);
  const ask = useCallback<OnAction>(
    async (element, blockId, value) => {
      if (element.confirm) setPending({ element, run: () => void onAction(element, blockId, value) });
      else await onAction(element, blockId, value);
    },
    [onAction],
  );
  useEffect(() => {
    const root = box.current;
    const actions = actionsOf(block);
    if (!root || actions.length === 0) return;
    const onClick = async (event: MouseEvent) => {
      const button = (event.target as Element).closest<HTMLButtonElement>('button[id]');
      if (!button || button.dataset.busy) return;
      const same = [...root.querySelectorAll<HTMLButtonElement>(`button[id="${CSS.escape(button.id)}"]`)];
      const element = actions.filter((one) => one.action_id === button.id)[same.indexOf(button)];
      if (element?.type !== 'button') return;
      button.dataset.busy = 'true';
      button.setAttribute('aria-busy', 'true');
      try {
        await ask(element, block.block_id);
      } finally {
        delete button.dataset.busy;
        button.removeAttribute('aria-busy');
      }
    };
    root.addEventListener('click', onClick);
    return () => root.removeEventListener('click', onClick);
  }, [block, ask]);
  return (
    <div ref={box} className={`slot slot-${block.type}`}>
      <Boundary what={block.type}>
        <Drawn block={block} onAction={ask} />
      </Boundary>
      {pending?.element.confirm && (
        <ConfirmDialog
          question={pending.element.confirm}
          onAnswer={(isYes) => {
            setPending(null);
            if (isYes) pending.run();
          }}
        />
      )}
    </div>
  );
});

/** Keys by place and type keep a block's own state (a chart seen as a table) over an edit of the message. */
export function Blocks({ blocks, onAction }: { blocks: readonly Block[]; onAction: OnAction }) {
  return (
    <div className="blocks">
      {blocks.map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is the identity, see above
        <LiveBlock key={`${at}${block.type}`} block={block} onAction={onAction} />
      ))}
    </div>
  );
}
