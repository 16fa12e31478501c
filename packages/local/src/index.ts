export { createStorage, startApiServer } from "./server/index.ts";
export type { ApiServer, ApiServerOptions, Storage } from "./server/index.ts";
