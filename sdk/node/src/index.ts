export { guardFetch } from "./fetch.ts";
export { activeEndpoint, guardrailVariable, isActiveEndpoint, notActive, refusalOf } from "./guard.ts";
export type { GuardOptions, Refusal } from "./guard.ts";
export { guardConnect, guardFastify, guardHono, guardKoa } from "./middleware.ts";
