import { openFakeRouter, openIstio } from './targets.ts';
import { describeTrafficRouter } from './traffic-router.suite.ts';

describeTrafficRouter('in memory', openFakeRouter);
describeTrafficRouter('Istio', openIstio);
