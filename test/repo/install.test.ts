/** docs/install.md and deploy/: what a new user copies works as it stands. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseConfig } from '../../src/config/load.ts';
import { read, root } from './sources.ts';

const page = read('docs/install.md');
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, lang]) => lang === language)
    .map(([, , text = '']) => text);
const objects = (text: string) => parseAllDocuments(text).map((document) => document.toJS());

describe('docs/install.md', () => {
  it('has a smallest configuration that is one', () => {
    const config = parseConfig(blocks('yaml').find((text) => text.startsWith('# config.yml')) ?? '');
    expect(Object.keys(config.services)).toEqual(['ledger']);
  });

  it('names files that are there', () => {
    const named = blocks('sh').flatMap((text) => text.match(/\b(?:deploy|config|docs)\/[\w.-]+/g) ?? []);
    expect(named).toContain('deploy/bot.yaml');
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('has objects of Istio as the bot reads them', () => {
    const [rule, route] = objects(blocks('yaml').find((text) => text.includes('DestinationRule')) ?? '');
    expect(rule.spec.subsets.map(({ name }: { name: string }) => name)).toEqual(['blue', 'green']);
    expect(route.spec.http[0].route.map(({ weight }: { weight: number }) => weight)).toEqual([100, 0]);
  });
});

describe('deploy/bot.yaml', () => {
  const [deployment, service] = objects(read('deploy/bot.yaml'));
  const pod = deployment.spec.template.spec;
  const [container] = pod.containers;

  it('runs as the ServiceAccount that has the rights, with nothing that it does not need', () => {
    const accounts = objects(read('deploy/rbac.yaml')).filter(({ kind }) => kind === 'ServiceAccount');
    expect(accounts.map(({ metadata }) => metadata)).toEqual([
      { name: pod.serviceAccountName, namespace: deployment.metadata.namespace },
    ]);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('listens where the configuration does, and finds the Secrets that the page makes', () => {
    expect(container.ports.map(({ containerPort }: { containerPort: number }) => containerPort)).toEqual([
      3000, 9090,
    ]);
    expect(service.spec.selector).toEqual(deployment.spec.selector.matchLabels);
    for (const { secret } of pod.volumes)
      expect(page).toContain(`create secret generic ${secret.secretName} `);
  });
});
