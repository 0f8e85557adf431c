import { describeAutoscalers } from './autoscalers.suite.ts';
import { openFakeWorkloads, openKubernetes } from './targets.ts';

describeAutoscalers('in memory', openFakeWorkloads);
describeAutoscalers('Kubernetes', openKubernetes);
