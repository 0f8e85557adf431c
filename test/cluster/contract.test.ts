/** The promises of the two ports on Kubernetes, held by a real API server. */
import { describe } from 'vitest';
import { describeAutoscalers } from '../contract/autoscalers.suite.ts';
import { describeTrafficRouter } from '../contract/traffic-router.suite.ts';
import { describeWorkloads } from '../contract/workloads.suite.ts';
import { labFacts } from './lab/facts.ts';
import { openRealIstio, openRealKubernetes } from './targets.ts';

describeTrafficRouter('a real API server', openRealIstio);
describe.skipIf(!labFacts().hasPods)('with pods', () => {
  describeWorkloads('a real cluster', openRealKubernetes);
  describeAutoscalers('a real cluster', openRealKubernetes);
});
