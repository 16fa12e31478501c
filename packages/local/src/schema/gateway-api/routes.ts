import type { JsonSchema } from "../json-schema.ts";
import { int32, keyed, list, object, oneOf, rules, string, text } from "./builders.ts";
import { conditions, localObjectRef } from "./fields.ts";
import {
  controllerName,
  group,
  groupName,
  headerName,
  hostname,
  kind,
  namespace,
  objectName,
  port,
  sectionName,
} from "./names.ts";

const parentRef = object(
  {
    group: { ...groupName, default: group },
    kind: { ...kind, default: "Gateway" },
    name: objectName,
    namespace,
    port,
    sectionName,
  },
  ["name"],
);

const absent = (p: string, field: string): string => `(!has(${p}.${field}) || ${p}.${field} == '')`;
const bothAbsent = (field: string): string => `(${absent("p1", field)} && ${absent("p2", field)})`;
const bothPresent = (field: string): string => `(has(p1.${field}) && has(p2.${field}) && p1.${field} == p2.${field}`;
const sameParent =
  "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && " +
  `(${bothAbsent("__namespace__")} || ${bothPresent("__namespace__")} ))`;

const parentRefs = list(
  parentRef,
  32,
  rules(
    [
      `self.all(p1, self.all(p2, ${sameParent} ? (${absent("p1", "sectionName")} == ${absent("p2", "sectionName")}) : true))`,
      "sectionName must be specified when parentRefs includes 2 or more references to the same parent",
    ],
    [
      `self.all(p1, self.exists_one(p2, ${sameParent} && (${bothAbsent("sectionName")} || ${bothPresent("sectionName")}))))`,
      "sectionName must be unique when parentRefs includes 2 or more references to the same parent",
    ],
  ),
);

/** The most matches that a route's rules may have together; `count` is a rule's number of matches, given its place. */
function fewerMatches(count: (rule: string) => string): JsonSchema {
  const terms = Array.from({ length: 16 }, (_, i) => `(self.size() > ${i} ? ${count(`self[${i}]`)} : 0)`);
  return rules([
    `${terms.join(" + ")} <= 128`,
    "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
  ]);
}

/** A route's spec: the parts that every kind of route shares, and its own rules. */
export function routeSpec(rule: JsonSchema, count: (rule: string) => string, extra: JsonSchema = {}): JsonSchema {
  const ruleList = list(rule, 16, { ...extra, ...fewerMatches(count) });
  return object({ hostnames: list(hostname, 16), parentRefs, rules: ruleList });
}

const parentStatus = object({ conditions: { ...conditions, minItems: 1 }, controllerName, parentRef }, [
  "controllerName",
  "parentRef",
]);

export const routeStatus = object({ parents: list(parentStatus, 32) }, ["parents"]);

const needsPort = rules([
  "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
  "Must have port for Service reference",
]);

const backend = {
  group: { ...groupName, default: "" },
  kind: { ...kind, default: "Service" },
  name: objectName,
  namespace,
  port,
};

export function backendRefs(filters: JsonSchema): JsonSchema {
  const weight = int32({ default: 1, minimum: 0, maximum: 1000000 });
  return list(object({ ...backend, filters, weight }, ["name"], needsPort), 16);
}

const headers = keyed("name", object({ name: headerName, value: text(1, 4096) }, ["name", "value"]), 16);
const headerModifier = object({
  add: headers,
  remove: list(string, 16, { "x-kubernetes-list-type": "set" }),
  set: headers,
});

const requestMirror = object(
  {
    backendRef: object(backend, ["name"], needsPort),
    fraction: object(
      { denominator: int32({ default: 100, minimum: 1 }), numerator: int32({ minimum: 0 }) },
      ["numerator"],
      rules(["self.numerator <= self.denominator", "numerator must be less than or equal to denominator"]),
    ),
    percent: int32({ minimum: 0, maximum: 100 }),
  },
  ["backendRef"],
  rules([
    "!(has(self.percent) && has(self.fraction))",
    "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
  ]),
);

/** Filters by type, in the order in which their rules are tried, with the field that each type has. */
const common: Readonly<Record<string, readonly [field: string, schema: JsonSchema]>> = {
  RequestHeaderModifier: ["requestHeaderModifier", headerModifier],
  ResponseHeaderModifier: ["responseHeaderModifier", headerModifier],
  RequestMirror: ["requestMirror", requestMirror],
  ExtensionRef: ["extensionRef", localObjectRef],
};

/** A route's filters: exactly the field that `type` names, and those of `once` at most once. */
export function routeFilters(
  types: readonly string[],
  more: typeof common,
  once: readonly string[],
  extra: readonly (readonly [string, string])[] = [],
): JsonSchema {
  const { ExtensionRef, ...first } = common;
  const all = { ...first, ...more, ...(ExtensionRef && { ExtensionRef }) };
  const properties = Object.fromEntries(Object.values(all));
  const pairs = Object.entries(all).flatMap(([type, [field]]): [string, string][] => [
    [
      `!(has(self.${field}) && self.type != '${type}')`,
      `filter.${field} must be nil if the filter.type is not ${type}`,
    ],
    [`!(!has(self.${field}) && self.type == '${type}')`, `filter.${field} must be specified for ${type} filter.type`],
  ]);
  const repeated = once.map((type): [string, string] => [
    `self.filter(f, f.type == '${type}').size() <= 1`,
    `${type} filter cannot be repeated`,
  ]);
  const filter = object({ type: oneOf(types), ...properties }, ["type"], rules(...pairs));
  return list(filter, 16, rules(...extra, ...repeated));
}

const matchType = oneOf(["Exact", "RegularExpression"], "Exact");

/** Matches on named values: headers or query parameters. */
export function namedMatches(maxValue: number): JsonSchema {
  return keyed("name", object({ name: headerName, type: matchType, value: text(1, maxValue) }, ["name", "value"]), 16);
}

export { matchType };
