export { stamp } from "../conditions/index.ts";
export { anyHost, bySpecificity, covers, intersect } from "./hostname.ts";
export { byPrecedence, byTieBreak } from "./precedence.ts";
export type { Candidate } from "./precedence.ts";
export { defaultControllerName, routeTable } from "./route-table.ts";
export type { RouteTableInputs, RouteTableOutputs, RouteTableSettings } from "./route-table.ts";
export { listenerKey, socketKey, targetKey } from "./types.ts";
export type {
  Backend,
  Binding,
  Endpoint,
  HeaderEdits,
  Listener,
  Match,
  NameValue,
  PathEdit,
  PathMatch,
  Redirect,
  Rewrite,
  Route,
  RouteKind,
  Rule,
  Target,
  Timeouts,
} from "./types.ts";
