export { childMarks } from "./child.ts";
export { podRouteController, podRouteKinds } from "./controller.ts";
export type { PodRouteControllerInputs, PodRouteControllerOutputs } from "./controller.ts";
export { podRoutes } from "./view.ts";
export type { ManagedPod, PodRouteInputs, PodRouteOutputs } from "./view.ts";
