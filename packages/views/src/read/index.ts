export { fields, integer, list, text, texts } from "./read.ts";
export type { Fields } from "./read.ts";
