export type { ListenAddress } from "./listen-address.ts";
export { parseListenAddress } from "./listen-address.ts";
export { load } from "./load.ts";
export { operator } from "./operator.ts";
export type { Election, Log, Operator, OperatorOptions } from "./operator.ts";
export { pipeline } from "./pipeline.ts";
export type { Pipeline, Source } from "./pipeline.ts";
export { probes } from "./probes.ts";
export type { ReadyChecks } from "./probes.ts";
