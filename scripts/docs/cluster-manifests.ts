/** What an administrator applies to a cluster before the bot may work there: its account, its rights, and their fence. */
import { stringify } from 'yaml';
import { admissionPolicies, type GuardedService } from '../../src/adapters/kubernetes/admission-policy.ts';
import { renderRbac } from '../../src/adapters/kubernetes/rights.ts';
import type { Config } from '../../src/config/schema.ts';
import { planSettings } from '../../src/services/plan-settings.ts';

const NAMES = { serviceAccount: 'dabbawala', botNamespace: 'dabbawala' } as const;

/** Every service in every namespace that the configuration gives it, of one cluster or of all; each pair once. */
export function guardedServices(config: Config, cluster: string | null): readonly GuardedService[] {
  const found = new Map<string, GuardedService>();
  for (const [service, { environments }] of Object.entries(config.services))
    for (const environment of environments)
      for (const name of config.environments[environment]?.clusters ?? []) {
        if (cluster !== null && name !== cluster) continue;
        const region = config.clusters[name]?.region ?? null;
        const settings = planSettings(config, { service, environment, region }, 'deploy');
        const { namespace, template, container, repository, route } = settings;
        found.set(`${namespace}/${service}`, {
          service,
          namespace,
          template,
          container,
          repository,
          host: route.host,
          route: route.name,
        });
      }
  return [...found.values()];
}

/** `deploy/rbac.yaml` for these services. */
export const renderRights = (services: readonly GuardedService[]): string =>
  renderRbac({ namespaces: [...new Set(services.map(({ namespace }) => namespace))], ...NAMES });

/** `deploy/admission-policy.yaml` for these services. */
export const renderPolicies = (services: readonly GuardedService[]): string =>
  admissionPolicies(services, NAMES)
    .map((object) => stringify(object, { lineWidth: 0, blockQuote: 'literal' }))
    .join('---\n');
