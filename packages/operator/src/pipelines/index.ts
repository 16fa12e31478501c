export { pipelineHost } from "./host.ts";
export type { PipelineHost, PipelineHostOptions } from "./host.ts";
