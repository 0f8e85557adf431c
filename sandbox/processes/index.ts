export { type Alertmanager, type AlertmanagerOptions, startAlertmanager } from './alertmanager.ts';
export { freePort } from './port.ts';
export { type Prometheus, type PrometheusOptions, type ScrapeTarget, startPrometheus } from './prometheus.ts';
export { type Redis, type RedisOptions, startRedis } from './redis.ts';
export { until } from './until.ts';
