/**
 * Proves that a query of the configuration looks at the candidate alone. A rule that could match the stable colour
 * would let a bad candidate hide behind it, so the proof is by Prometheus' own grammar and not by a pattern.
 */

import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export type Judgement = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const WORKLOAD = '$workload';
const WINDOW = '$window';
/** A duration as long as `$window`: the text parses, and every position stays that of the text as written. */
const WINDOW_STAND_IN = '424242s';
/** Functions that answer with a number of their own when the series is absent: under `or` they would invent a value. */
const INVENTING = ['Absent', 'AbsentOverTime', 'Vector'];

const refuse = (reason: string): Judgement => ({ ok: false, reason });

/** Where a fault stands, for a person with the text before them: counted from 1. */
const at = (query: string, position: number): string => {
  const before = query.slice(0, position).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  return before.length === 1 ? `at character ${column}` : `at line ${before.length}, character ${column}`;
};

function* nodesOf(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (let child = node.firstChild; child !== null; child = child.nextSibling) yield* nodesOf(child);
}

const occurrences = (text: string, word: string): readonly number[] => {
  const found: number[] = [];
  for (let index = text.indexOf(word); index >= 0; index = text.indexOf(word, index + word.length))
    found.push(index);
  return found;
};

/** The grammar forgives a missing closing quote; Prometheus does not. */
const isClosed = (literal: string): boolean => literal.length >= 2 && literal.at(-1) === literal[0];

const findSyntaxFault = (query: string, text: string, nodes: readonly SyntaxNode[]): string | null => {
  const broken = nodes.find((node) => node.type.isError);
  if (broken !== undefined) {
    const near = query.slice(broken.from, broken.from + 20).trim();
    return `this is no PromQL ${at(query, broken.from)}${near === '' ? ', where the text ends too early' : `, near "${near}"`}`;
  }
  const open = nodes.find(
    (node) => node.name === 'StringLiteral' && !isClosed(text.slice(node.from, node.to)),
  );
  return open === undefined ? null : `a quoted text is never closed ${at(query, open.from)}`;
};

/** `$window` stands for a whole range or offset, `$workload` inside a double-quoted text: nowhere else can they do no harm. */
const findVariableFault = (query: string, nodes: readonly SyntaxNode[]): string | null => {
  for (const position of occurrences(query, WINDOW)) {
    const isDuration = nodes.some(
      (node) =>
        node.name === 'NumberDurationLiteralInDurationContext' &&
        node.from === position &&
        node.to === position + WINDOW.length,
    );
    if (!isDuration)
      return `$window may stand only as a range, such as [$window]; it does not ${at(query, position)}`;
  }
  for (const position of occurrences(query, WORKLOAD)) {
    const isQuoted = nodes.some(
      (node) =>
        node.name === 'StringLiteral' &&
        query[node.from] === '"' &&
        node.from < position &&
        position + WORKLOAD.length < node.to,
    );
    if (!isQuoted)
      return `$workload may stand only inside a text in double quotes; it does not ${at(query, position)}`;
  }
  const stray = /\$(?!(workload|window)\b)\w+/.exec(query);
  return stray === null ? null : `${stray[0]} is no variable; there are $workload and $window`;
};

/** Whether one matcher of a selector is `<label>="$workload"`, the label quoted or not. */
const isCandidateMatcher = (text: string, matcher: SyntaxNode, label: string): boolean => {
  const name = matcher.getChild('LabelName') ?? matcher.getChild('QuotedLabelName');
  const value = matcher.getChild('StringLiteral');
  if (name === null || value === null || matcher.getChild('MatchOp')?.getChild('EqlSingle') == null)
    return false;
  const written = text.slice(name.from, name.to);
  return (
    (written === label || written === `"${label}"`) && text.slice(value.from, value.to) === `"${WORKLOAD}"`
  );
};

const looksAtCandidate = (text: string, selector: SyntaxNode, label: string): boolean => {
  const matchers = selector.getChild('LabelMatchers');
  if (matchers === null) return false;
  return [
    ...matchers.getChildren('UnquotedLabelMatcher'),
    ...matchers.getChildren('QuotedLabelMatcher'),
  ].some((matcher) => isCandidateMatcher(text, matcher, label));
};

/** Whether an operand's value comes from series, and not from a function that answers for absent ones. */
const standsOnSeries = (operand: SyntaxNode): boolean => {
  if (operand.name === 'VectorSelector') return true;
  if (operand.name === 'FunctionCall') {
    const name = operand.getChild('FunctionIdentifier');
    if (name !== null && INVENTING.some((invented) => name.getChild(invented) !== null)) return false;
  }
  for (let child = operand.firstChild; child !== null; child = child.nextSibling)
    if (standsOnSeries(child)) return true;
  return false;
};

const findInvention = (query: string, text: string, nodes: readonly SyntaxNode[]): string | null => {
  for (const node of nodes) {
    if (node.name === 'BinaryExpr' && node.getChild('Or') !== null)
      for (const operand of [node.firstChild, node.lastChild])
        if (operand !== null && !standsOnSeries(operand))
          return `"or ${text.slice(operand.from, operand.to)}" would invent a number where there is none ${at(query, operand.from)}`;
    if (node.name === 'FunctionIdentifier' && node.getChild('Info') !== null)
      return `info() reads series beside the candidate's ${at(query, node.from)}`;
  }
  return null;
};

/**
 * @param label the label that names a workload in the service's metrics, such as `destination_workload`
 * @returns ok only if every selector carries `<label>="$workload"` by equality
 */
export const judgeQuery = (query: string, label: string): Judgement => {
  const text = query.replaceAll(WINDOW, WINDOW_STAND_IN);
  const nodes = [...nodesOf(parser.parse(text).topNode)];
  const fault = findSyntaxFault(query, text, nodes) ?? findVariableFault(query, nodes);
  if (fault !== null) return refuse(fault);
  const selectors = nodes.filter((node) => node.name === 'VectorSelector');
  if (selectors.length === 0) return refuse('it selects no series, so it says nothing about the candidate');
  for (const selector of selectors)
    if (!looksAtCandidate(text, selector, label))
      return refuse(
        `"${query.slice(selector.from, selector.to)}" ${at(query, selector.from)} does not carry ${label}="${WORKLOAD}"`,
      );
  const invention = findInvention(query, text, nodes);
  return invention === null ? { ok: true } : refuse(invention);
};

/** A text between double quotes in PromQL. */
export const quoteLabel = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** `30s`, or `5500ms` where seconds would not be whole. */
export const promDuration = (ms: number): string => {
  const whole = Math.max(1, Math.round(ms));
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${whole}ms`;
};

/** Fills in the variables. Values are escaped for the double quotes that judgeQuery insists on: none can end its text. */
export const fillQuery = (
  query: string,
  values: { readonly workload: string; readonly windowMs: number },
): string =>
  query
    .replaceAll(WINDOW, () => promDuration(values.windowMs))
    .replaceAll(WORKLOAD, () => quoteLabel(values.workload).slice(1, -1));
