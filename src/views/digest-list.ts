/** A digest's groups as a text file: what the card has no room for. A line each, tab-separated, for eyes and for `cut`. */
import type { AlertGroup } from '../core/alert/alert-group.ts';
import type { Digest, DigestEntry } from '../core/alert/digest.ts';
import { plainText } from './text.ts';

export interface DigestList {
  readonly name: string;
  readonly title: string;
  readonly content: string;
}

const COLUMNS = ['state', 'severity', 'since', 'title', 'alerts', 'id', 'labels', 'summary'];

/** @param groups the groups' newest states by id, as far as they are known */
export function digestList(digest: Digest, groups: ReadonlyMap<string, AlertGroup>): DigestList {
  const rows = digest.entries.map((entry) => rowOf(entry, groups.get(entry.id)));
  return {
    name: `alerts-${digest.id}.txt`,
    title: `${digest.entries.length} alerts`,
    content: `${[COLUMNS, ...rows].map((row) => row.join('\t')).join('\n')}\n`,
  };
}

function rowOf(entry: DigestEntry, group: AlertGroup | undefined): readonly string[] {
  const now = group?.episode === entry.episode ? group : undefined;
  const labels = Object.entries(now?.labels ?? {})
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(' ');
  const { summary = '', description = '' } = (now?.annotations ?? {}) as Record<string, string>;
  return [
    entry.endedAt === null ? 'firing' : 'ended',
    entry.severity,
    new Date(entry.since).toISOString(),
    entry.title,
    String(entry.count),
    entry.id,
    labels || entry.about,
    summary || description,
  ].map((cell) => plainText(cell, 1000));
}
