export { fieldManager } from "./desired.ts";
export type { Action, Desired, DesiredStatus, Notice, Observed } from "./desired.ts";
export { catalogue, OpError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export { groupOf, identityKey, nameKey, refOf } from "./object.ts";
export type { Json, KubeObject, ObjectMeta, ObjectRef, OwnerReference } from "./object.ts";
export type { Parsed, Refusal } from "./refusal.ts";
export { resourceTypes } from "./resource.ts";
export type { ResourceType } from "./resource.ts";
