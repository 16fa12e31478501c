export type { ClusterAccess } from "../client/api.ts";
export type { Clock } from "../client/clock.ts";
export type { BackOff } from "./back-off.ts";
export type { ImageRule, ImageRules, Images } from "./images.ts";
export type { Address, Addressing } from "./places.ts";
export type { ContainerProcess } from "./pod-worker.ts";
export { type PodProcesses, type Runner, type RunnerOptions, startRunner } from "./start-runner.ts";
