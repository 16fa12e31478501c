export { mergeConditions, stamp, statusRow } from "./conditions.ts";
export type { Condition } from "./conditions.ts";
