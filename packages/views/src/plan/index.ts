export type { Marks } from "./ownership.ts";
export { appliedAnnotation } from "./stamp.ts";
export { plan } from "./view.ts";
export type { PlanInputs, PlanOutputs, PlanSettings } from "./view.ts";
