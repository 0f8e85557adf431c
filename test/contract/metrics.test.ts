import { describeMetrics } from './metrics.suite.ts';
import { openFakeMetrics, openPrometheus } from './targets.ts';

describeMetrics('in memory', openFakeMetrics);
describeMetrics('Prometheus', openPrometheus);
