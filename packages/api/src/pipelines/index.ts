export { operatorCrd } from "./crd.ts";
export {
  controllerLabel,
  operatorApiVersion,
  operatorFinalizer,
  operatorLabel,
  pipelinesController,
  pipelinesManager,
  writtenAnnotation,
} from "./names.ts";
export { parseOperatorResource } from "./parse.ts";
export { operatorSpec } from "./schema.ts";
export type { ControllerSpec, OperatorResource } from "./parse.ts";
