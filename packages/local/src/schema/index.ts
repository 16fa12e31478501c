export { compileSchema, InvalidSchemaError, type CompiledSchema } from "./compile.ts";
export {
  formatFieldError,
  formatFieldErrors,
  statusCauses,
  type FieldError,
  type FieldErrorType,
  type StatusCause,
} from "./field-error.ts";
export type { MergeType, PathStep } from "./merge-type.ts";
export { gatewayApiCrds, gatewayApiVersion, type CustomResourceDefinition } from "./gateway-api/crds.ts";
