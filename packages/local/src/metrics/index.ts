export { type Metrics, type MetricsOptions, startMetrics } from "./start-metrics.ts";
export { metricsService } from "./register.ts";
