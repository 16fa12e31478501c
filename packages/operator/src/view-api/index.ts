export { viewStore } from "./store.ts";
export type { ViewStore } from "./store.ts";
export { viewApi } from "./view-api.ts";
export type { ViewsOptions } from "./view-api.ts";
