export { builtInSchema, compileSchema, InvalidSchemaError, type CompiledSchema } from "./compile.ts";
export {
  formatFieldError,
  formatFieldErrors,
  statusCauses,
  type FieldError,
  type FieldErrorType,
  type StatusCause,
} from "./field-error.ts";
export { additionalOf, propertyOf, type JsonSchema } from "./json-schema.ts";
export { objectMeta } from "./object-meta.ts";
export { gatewayApiCrds, gatewayApiVersion, type CustomResourceDefinition } from "./gateway-api/crds.ts";
