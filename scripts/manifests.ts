/** `npm run manifests -- config.yml [cluster]`: rights and admission policies for one's own services, for kubectl apply. */
import { loadConfig } from '../src/config/load.ts';
import { isDabbawalaError } from '../src/lib/errors.ts';
import { guardedServices, renderPolicies, renderRights } from './docs/cluster-manifests.ts';

const [file, cluster = null] = process.argv.slice(2);

const fail = (message: string): never => {
  console.error(message);
  process.exit(78);
};

if (file === undefined)
  fail('Usage: npm run --silent manifests -- config.yml [cluster] | kubectl apply -f -');
else
  try {
    const config = loadConfig(file);
    if (cluster !== null && !config.clusters[cluster])
      fail(
        `There is no cluster "${cluster}" in ${file}; there is ${Object.keys(config.clusters).join(', ')}.`,
      );
    const services = guardedServices(config, cluster);
    if (services.length === 0) fail(`${file} has no service${cluster ? ` in cluster ${cluster}` : ''}.`);
    process.stdout.write(`${renderRights(services)}---\n${renderPolicies(services)}`);
  } catch (error) {
    if (!isDabbawalaError(error)) throw error;
    fail(error.message);
  }
