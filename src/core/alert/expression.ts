/** The expression behind an alert, and what of it can be drawn. Pure; by Prometheus' own grammar. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

const LONGEST = 4000;

/** From the address that Prometheus puts into `generatorURL` (`/graph?g0.expr=…`, since 3.0 `/query?g0.expr=…`); null: it holds none. */
export function expressionOf(generatorUrl: string): string | null {
  if (!URL.canParse(generatorUrl)) return null;
  const expression = new URL(generatorUrl).searchParams.get('g0.expr')?.trim() ?? '';
  return expression === '' || expression.length > LONGEST ? null : expression;
}

export interface Drawable {
  /** What the rule measures, also where it is within its limit. */
  readonly query: string;
  /** What it is compared with; null: the rule compares with no constant. */
  readonly limit: number | null;
}

const COMPARISONS = ['Gtr', 'Lss', 'Gte', 'Lte', 'Eql', 'Neq'];
/** Their left side is what the rule is about; the right one narrows it. */
const FILTERS = ['And', 'Unless', 'Or'];

/** A comparison answers only where it holds: drawn is what stands on its left, and its limit. null: not PromQL. */
export function drawableOf(expression: string): Drawable | null {
  const tree = parser.parse(expression);
  let isBroken = false;
  tree.iterate({
    enter: ({ type }) => {
      isBroken ||= type.isError;
    },
  });
  const top = tree.topNode.firstChild;
  return isBroken || top === null || top.name === 'StringLiteral' ? null : drawable(expression, top);
}

function drawable(text: string, node: SyntaxNode): Drawable {
  const of = (part: SyntaxNode): string => text.slice(part.from, part.to);
  const [left, right] = [node.firstChild, node.lastChild];
  const inner =
    node.name === 'ParenExpr' ? (node.getChild('BinaryExpr') ?? node.getChild('ParenExpr')) : null;
  if (inner !== null) return drawable(text, inner);
  if (node.name !== 'BinaryExpr' || left === null || right === null) return { query: of(node), limit: null };
  if (FILTERS.some((name) => node.getChild(name) !== null)) return drawable(text, left);
  if (!COMPARISONS.some((name) => node.getChild(name) !== null)) return { query: of(node), limit: null };
  const limit = constant(of(right));
  if (limit !== null) return { query: of(left), limit };
  const turned = constant(of(left));
  return turned === null ? { query: of(left), limit: null } : { query: of(right), limit: turned };
}

const constant = (text: string): number | null => {
  const plain = text.replace(/[()\s]/g, '');
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(plain) ? Number(plain) : null;
};
