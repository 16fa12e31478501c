export { pipelineMetrics } from "./metrics.ts";
export type { PipelineMetrics } from "./metrics.ts";
export { pipelineHost } from "./host.ts";
export type { PipelineHost, PipelineHostOptions } from "./host.ts";
