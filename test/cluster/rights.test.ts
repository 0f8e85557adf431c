/**
 * The last file of the tier (vitest.config.ts): what the server was asked by all files before it is the list in code, is
 * the manifest that we ship. Of a part of the tier it shows that nothing else was asked for.
 */
import { describe, expect, it } from 'vitest';
import { RIGHTS } from '../../src/adapters/kubernetes/rights.ts';
import { uncoveredOfBot } from '../conformance/coverage.ts';
import { rightsOf, summarize } from './lab/asked.ts';
import { AuditLog } from './lab/audit-log.ts';
import { shipped } from './lab/bot-account.ts';
import { adminApi, labFacts } from './lab/facts.ts';

/** Rights of the list that nothing in this tier can use, each with why. Empty is the aim. */
const UNUSED_HERE: Readonly<Record<string, string>> = {};

const isWhole = process.env['DABBAWALA_LAB_WHOLE'] === 'true';
const listed = rightsOf(RIGHTS).toSorted();

describe('the bot’s rights', () => {
  const { used, outside } = summarize(new AuditLog(labFacts()).requests());

  it('are in the manifest as they are in the list: one Role, no wildcard, no Secrets, no exec', async () => {
    const roles = shipped('rbac.yaml').filter(({ kind }) => kind === 'Role');
    for (const { rules } of roles)
      expect(
        rules
          .flatMap((rule: { apiGroups: string[]; resources: string[]; verbs: string[] }) =>
            rule.apiGroups.flatMap((apiGroup) =>
              rule.resources.flatMap((resource) => rightsOf([{ apiGroup, resource, verbs: rule.verbs }])),
            ),
          )
          .toSorted(),
      ).toEqual(listed);
    expect(shipped('rbac.yaml').map(({ kind }) => kind)).not.toContain('ClusterRole');
    expect(listed.join('\n')).not.toMatch(/\*|\/secrets|pods\/exec|impersonate|escalate|bind/);
    // And the server has them so: whatever a story took away is back.
    const api = adminApi();
    const [role] = roles;
    const { name, namespace } = role.metadata;
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/${name}`;
    expect((await api.must('GET', path)).rules).toEqual(role.rules);
    api.close();
  });

  it('cover all that it asked for, but for the two optional looks that are documented', () => {
    expect(used.size).toBeGreaterThan(0);
    expect(outside).toEqual([]);
  });

  it('ask for nothing whose answer the simulator is not compared for', () => {
    expect(uncoveredOfBot(new AuditLog(labFacts()).requests())).toEqual([]);
  });

  it.runIf(isWhole)('were each used in this tier, or it is said why that cannot be', () => {
    const unused = listed.filter((right) => !used.has(right));
    expect(unused).toEqual(Object.keys(UNUSED_HERE).toSorted());
  });
});
