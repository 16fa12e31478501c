import { keyed, object, oneOf, text } from "./builders.ts";
import { group, groupName, kind, objectName, subdomain } from "./names.ts";

export const groupKind = object({ group: { ...groupName, default: group }, kind }, ["kind"]);
export const localObjectRef = object({ group: groupName, kind, name: objectName }, ["group", "kind", "name"]);

const condition = object(
  {
    lastTransitionTime: { type: "string", format: "date-time" },
    message: text(undefined, 32768),
    observedGeneration: { type: "integer", format: "int64", minimum: 0 },
    reason: text(1, 1024, "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"),
    status: oneOf(["True", "False", "Unknown"]),
    type: text(undefined, 316, `^(${subdomain}/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$`),
  },
  ["lastTransitionTime", "message", "reason", "status", "type"],
);

export const conditions = keyed("type", condition, 8);

/** Conditions that an object has from the start, until its controller has looked at it. */
export function pending(...types: readonly string[]): readonly unknown[] {
  return types.map((type) => ({
    type,
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for controller",
    lastTransitionTime: "1970-01-01T00:00:00Z",
  }));
}
