export { crdOf } from "./crd.ts";
export { conditions, listOf, object, text } from "./parts.ts";
export { faultText, schemaFaults, withDefaults } from "./check.ts";
export type { CelRule, FieldFault, Schema } from "./schema.ts";
export { published } from "./schema.ts";
