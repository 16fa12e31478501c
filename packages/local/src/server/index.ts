export { builtInResources } from "./kinds/built-in.ts";
export { startApiServer } from "./start-api-server.ts";
export type { ApiServer, ApiServerOptions } from "./start-api-server.ts";
export { createStorage } from "./storage/storage.ts";
export type { Storage, StorageEvent } from "./storage/storage.ts";
export type { Json, JsonObject } from "./json/json.ts";
export type { KubeObject, ObjectMeta, OwnerReference } from "./json/object.ts";
