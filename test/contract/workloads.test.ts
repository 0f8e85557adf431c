import { openFakeWorkloads, openKubernetes } from './targets.ts';
import { describeWorkloads } from './workloads.suite.ts';

describeWorkloads('in memory', openFakeWorkloads);
describeWorkloads('Kubernetes', openKubernetes);
