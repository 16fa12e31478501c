export { endpointPolicyKinds } from "./case.ts";
export { endpointPolicyController } from "./controller.ts";
export type {
  EndpointPolicyInputs,
  EndpointPolicyOutputs,
  EndpointPolicySettings,
  Obstacle,
  RefusedWrite,
} from "./controller.ts";
export type { EndpointReport } from "./report.ts";
