export { endpointPolicyKinds } from "./case.ts";
export { endpointPolicyController } from "./controller.ts";
export type { EndpointPolicyInputs, EndpointPolicyOutputs, EndpointPolicySettings } from "./controller.ts";
export type { Obstacle, RefusedWrite } from "./obstacles.ts";
export type { EndpointReport } from "./report.ts";
