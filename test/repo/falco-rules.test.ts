/** The rules that we ship for Falco, held against its documented grammar: fields, operators, lists, macros, sources. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FIELDS, MACROS_OF_FALCO, OPERATORS, PRIORITIES } from '../support/falco-fields.ts';
import { filesIn, read } from './sources.ts';

interface Rule {
  readonly rule: string;
  readonly desc: string;
  readonly source: string;
  readonly condition: string;
  readonly output: string;
  readonly priority: string;
  readonly tags: readonly string[];
}
interface Item extends Partial<Rule> {
  readonly list?: string;
  readonly items?: readonly unknown[];
  readonly macro?: string;
  readonly required_engine_version?: string;
  readonly required_plugin_versions?: readonly { readonly name: string; readonly version: string }[];
}

const files = filesIn('deploy/falco', /rules\.yaml$/).map(
  (path) => [path, parse(read(path)) as Item[]] as const,
);

/** Texts in quotes stand for values: nothing in them is grammar. */
const bare = (condition: string): string => condition.replaceAll(/"[^"]*"/g, '""');
const FIELD = /[a-z0-9]+\.[a-z0-9_.]+(?:\[[^\]]*\])?/g;
/** `in (…)` with what stands in it. */
const IN = /\bin\s*\(([^)]*)\)/g;

const fieldsOf = (text: string): readonly string[] =>
  [...text.matchAll(FIELD)].map(([field]) => field.replace(/\[.*\]$/, ''));
/** Words that are neither field, operator, connective nor value: macros. */
function macrosIn(condition: string): readonly string[] {
  const rest = bare(condition)
    .replaceAll(IN, ' in ')
    .replaceAll(FIELD, ' FIELD ')
    .replaceAll(new RegExp(`FIELD\\s+(?:${OPERATORS.join('|')})\\s*(?:""|[^\\s()]+)?`, 'g'), ' ');
  return rest
    .split(/[\s()]+/)
    .filter((word) => word !== '' && !['and', 'or', 'not', 'FIELD', 'in'].includes(word));
}
const wordsIn = (condition: string): readonly string[] =>
  [...bare(condition).matchAll(IN)].flatMap(([, list = '']) => list.split(',').map((word) => word.trim()));

it('there are rules for both sources', () => {
  const sources = files.flatMap(([, items]) => items.flatMap(({ source }) => source ?? []));
  expect(new Set(sources)).toEqual(new Set(['syscall', 'k8s_audit']));
});

describe.each(files)('%s', (_, items) => {
  const lists = items.flatMap(({ list }) => list ?? []);
  const macros = items.filter(({ macro }) => macro !== undefined);
  const rules = items.filter((item): item is Item & Rule => item.rule !== undefined);
  const conditions = [...macros, ...rules].map(({ condition = '' }) => condition);

  it('says first which engine it needs, and which plugins where it needs any', () => {
    expect(items[0]?.required_engine_version).toMatch(/^\d+\.\d+\.\d+$/);
    const plugins = items.flatMap(({ required_plugin_versions: all = [] }) => all.map(({ name }) => name));
    expect(plugins).toEqual(rules.some(({ source }) => source === 'k8s_audit') ? ['k8saudit', 'json'] : []);
  });

  it('defines every list and macro that it uses, and uses every one that it defines', () => {
    const used = conditions.flatMap(wordsIn).filter((word) => word.startsWith('dabbawala_'));
    expect(new Set(used)).toEqual(new Set(lists));
    const called = conditions.flatMap(macrosIn);
    const own = macros.map(({ macro = '' }) => macro);
    expect(called.filter((word) => !own.includes(word) && !MACROS_OF_FALCO.includes(word))).toEqual([]);
    expect(own.filter((word) => !called.includes(word))).toEqual([]);
  });

  it('has rules of one source each, whose fields that source has', () => {
    for (const { rule, source, condition, output } of rules) {
      const known = FIELDS[source as keyof typeof FIELDS] ?? [];
      const ofMacros = macros.filter(({ macro = '' }) => macrosIn(condition).includes(macro));
      const used = fieldsOf(bare([condition, ...ofMacros.map((macro) => macro.condition ?? '')].join(' ')));
      const shown = [...output.matchAll(/%([a-z0-9_.]+)/g)].map(([, field = '']) => field);
      expect(
        [...used, ...shown].filter((field) => !known.includes(field)),
        rule,
      ).toEqual([]);
      expect(used.length, rule).toBeGreaterThan(0);
    }
  });

  it('has rules that say how bad it is, for whom, and where', () => {
    for (const { rule, desc, priority, tags, output, source } of rules) {
      expect(PRIORITIES, rule).toContain(priority);
      expect(desc.length, rule).toBeGreaterThan(20);
      expect(tags.length, rule).toBeGreaterThan(0);
      expect(output, rule).toContain(source === 'syscall' ? '%k8s.pod.name' : '%ka.target.namespace');
    }
    expect(new Set(rules.map(({ rule }) => rule)).size).toBe(rules.length);
  });
});

describe('this test', () => {
  it('finds what the reference got wrong: two sources in one rule, a list that is nowhere, a macro of nobody', () => {
    const condition =
      'inbound_outbound and container and k8s.ns.name="prod" and ka.target.resource="services" and not ka.user.name in (authorized)';
    expect(macrosIn(condition)).toEqual(['inbound_outbound', 'container']);
    expect(fieldsOf(bare(condition)).filter((field) => !FIELDS.syscall.includes(field))).toEqual([
      'ka.target.resource',
      'ka.user.name',
    ]);
    expect(wordsIn(condition)).toEqual(['authorized']);
  });
});
