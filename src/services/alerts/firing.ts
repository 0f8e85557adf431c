/** What fires now: for `alerts` and the page. Looks, nothing more. */

import { aboutOf } from '../../core/alert/about.ts';
import type { AlertGroup } from '../../core/alert/alert-group.ts';
import { SEVERITIES } from '../../core/alert/severity.ts';
import { waitAtMost } from '../../lib/answer-in-time.ts';
import { DabbawalaError, isDabbawalaError } from '../../lib/errors.ts';
import { assertMayAt } from '../permissions.ts';
import type { Actor } from '../services.ts';
import type { FiringList } from './alert-acts.ts';
import type { AlertPorts } from './alert-ports.ts';

/** Each is one read: in a storm beyond it the newest are looked at, and the answer says so. */
const LOOKED_AT = 2000;
/** A page that is opened from a command has three seconds in all. */
const LINKS_WITHIN_MS = 700;

export async function firing(
  ports: AlertPorts,
  actor: Actor,
  { service, atMost }: { readonly service: string | null; readonly atMost: number },
): Promise<FiringList> {
  if (!ports.config.alerts)
    throw new DabbawalaError('not_configured', 'This bot takes no alerts.', {
      hint: 'The section `alerts` of the configuration turns them on: see docs/install.md.',
    });
  const place = { service, environment: null, name: service ?? 'alerts' };
  await assertMayAt(ports, actor, 'alerts', place);
  const ids = await ports.alerts.open();
  const looked = ids.slice(-LOOKED_AT);
  const groups = (await Promise.all(looked.map((id) => readable(ports, id))))
    .filter((group) => group !== null)
    .filter((group) => service === null || aboutOf(group, ports.config).service === service)
    .sort(byUrgency);
  const shown = groups.slice(0, atMost);
  const links = await linksOf(ports, shown);
  return {
    items: shown.map((group, index) => ({ group, link: links[index] ?? null })),
    total: groups.length,
    unacknowledged: groups.filter(({ acknowledged }) => acknowledged === null).length,
    notLookedAt: ids.length - looked.length,
  };
}

/** Nobody looks at it first, then worst, then newest. */
const byUrgency = (a: AlertGroup, b: AlertGroup): number =>
  Number(a.acknowledged !== null) - Number(b.acknowledged !== null) ||
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
  b.since - a.since;

/** One record that cannot be read hides no other. */
const readable = (ports: AlertPorts, id: string): Promise<AlertGroup | null> =>
  ports.alerts.load(id).then(
    (stored) => (stored?.group.resolvedAt === null ? stored.group : null),
    (error: unknown) => {
      if (isDabbawalaError(error, 'store_unavailable')) throw error;
      return null;
    },
  );

/** All together in one span of time: a link more is worth no late answer. */
async function linksOf(
  ports: AlertPorts,
  groups: readonly AlertGroup[],
): Promise<readonly (string | null)[]> {
  const found: (string | null)[] = groups.map(() => null);
  const asked = groups.map(async (group, index) => {
    found[index] = await ports.cardLink(group).catch(() => null);
  });
  await waitAtMost(Promise.all(asked), LINKS_WITHIN_MS);
  return [...found];
}
