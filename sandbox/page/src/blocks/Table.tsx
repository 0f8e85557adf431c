import type { Block } from '../api/types.ts';
import { Library } from './Library.tsx';

interface Cell {
  readonly type: string;
  readonly text?: string;
  readonly value?: number | string;
}
interface Column {
  readonly align?: 'left' | 'center' | 'right';
  readonly is_wrapped?: boolean;
}

function Content({ cell }: { cell: Cell }) {
  if (cell.type === 'rich_text') return <Library block={cell as unknown as Block} />;
  return cell.text ?? String(cell.value ?? '');
}

const classOf = (column: Column | undefined): string =>
  `${column?.align ?? 'left'}${column?.is_wrapped ? ' wrap' : ''}`;

/** `table` and `data_table`: the library knows neither raw_number nor data_table, and has no heads for screen readers. */
export function Table({ block }: { block: Block }) {
  const rows = (block.rows ?? []) as readonly (readonly Cell[])[];
  const columns = (block.column_settings ?? []) as readonly (Column | null)[];
  const [head, ...body] = rows;
  if (!head) return null;
  const caption = typeof block.caption === 'string' ? block.caption : null;
  return (
    <div className="sheet-scroll">
      <table className="sheet">
        {caption && <caption>{caption}</caption>}
        <thead>
          <tr>
            {head.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column has no other identity
              <th key={at} scope="col" className={classOf(columns[at] ?? undefined)}>
                <Content cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row has no other identity
            <tr key={line}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell has no other identity
                <td key={at} className={classOf(columns[at] ?? undefined)}>
                  <Content cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
