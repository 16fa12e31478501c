import { at, isObject, type Json, type JsonObject, omit, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { apiVersionOf, type Resource } from "../kinds/resource.ts";
import { ApiError } from "../http/api-error.ts";
import {
  compare,
  difference,
  type FieldSet,
  fieldsOf,
  fromFieldsV1,
  intersection,
  isEmpty,
  noFields,
  outside,
  sameFields,
  shownPaths,
  toFieldsV1,
  union,
} from "./field-set.ts";
import { merged, without, withoutNulls } from "./merge.ts";

/** Who writes, and through which subresource. */
export interface Author {
  readonly manager: string;
  readonly subresource: string | undefined;
  /** Now, as a timestamp. */
  readonly time: string;
}

interface Manager {
  readonly name: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

const decode = (entries: readonly Json[] | undefined): Manager[] =>
  (entries ?? [])
    .filter((entry) => stringAt(entry, "manager") !== undefined || at(entry, "fieldsV1") !== undefined)
    .map((entry) => ({
      name: stringAt(entry, "manager") ?? "unknown",
      operation: stringAt(entry, "operation") ?? "Update",
      apiVersion: stringAt(entry, "apiVersion") ?? "",
      subresource: stringAt(entry, "subresource"),
      time: stringAt(entry, "time"),
      fields: fromFieldsV1(at(entry, "fieldsV1")),
    }));

const order = ({ operation, time = "", name }: Manager): string => JSON.stringify([operation, time, name]);

const encode = (managers: readonly Manager[]): JsonObject[] =>
  managers
    .filter(({ fields }) => !isEmpty(fields))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ name, operation, apiVersion, subresource, time, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      ...(time !== undefined && { time }),
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(fields),
      ...(subresource !== undefined && { subresource }),
    }));

const unowned = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "generation",
  "resourceVersion",
  "managedFields",
  "selfLink",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
];

/** What even an empty object of a built-in kind has. */
const structs: JsonObject = {
  metadata: {},
  spec: { containers: {}, names: {}, strategy: {}, template: { metadata: {}, spec: { containers: {} } } },
  status: {},
  endpoints: {},
  ports: {},
};

const shared = (a: JsonObject, b: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(a).flatMap(([name, value]) => {
      const other = b[name];
      return isObject(value) && typeof other === "object" ? [[name, shared(value, other as JsonObject)]] : [];
    }),
  );

/** The part of an object that managers can own through a subresource. */
const ownable = (object: JsonObject | undefined, { status }: Resource, subresource: string | undefined): JsonObject => {
  if (!object) return {};
  const rest = omit(object, "apiVersion", "kind", ...(status && subresource !== "status" ? ["status"] : []));
  if (!isObject(rest["metadata"])) return rest;
  const metadata = omit(rest["metadata"], ...unowned);
  return Object.keys(metadata).length > 0 ? { ...rest, metadata } : omit(rest, "metadata");
};

/** The same with metadata, which every object has. */
const comparable = (...args: Parameters<typeof ownable>): JsonObject => ({ metadata: {}, ...ownable(...args) });

const same = (manager: Manager, operation: string, author: Author): boolean =>
  manager.name === author.manager && manager.operation === operation && manager.subresource === author.subresource;

/** The managed fields that an update begins with: those that it brings, when they make sense. An empty list or entry resets them. */
const baseOf = (old: KubeObject | undefined, given: readonly Json[] | undefined): Manager[] => {
  if (given?.length === 0 || (given?.length === 1 && stringAt(given[0], "manager") === undefined)) return [];
  const sound = (entry: Json): boolean =>
    /^(Apply|Update)$/.test(stringAt(entry, "operation") ?? "") && at(entry, "fieldsType") === "FieldsV1";
  return decode(given?.every(sound) ? given : old?.metadata.managedFields);
};

/** The managed fields after an update, as the difference of the two objects tells. */
export const updateManagers = (
  old: KubeObject | undefined,
  now: KubeObject,
  resource: Resource,
  author: Author,
): JsonObject[] => {
  const base = baseOf(old, author.subresource === undefined ? now.metadata.managedFields : old?.metadata.managedFields);
  if (old && base.length === 0) return [];
  const own = (object: KubeObject): JsonObject => comparable(object, resource, author.subresource);
  const earlier = old ? own(old) : resource.builtIn ? shared(structs, own(now)) : { metadata: {} };
  const { changed, removed } = compare(earlier, own(now), resource.schema.root);
  const apiVersion = apiVersionOf(resource);
  const gone = union(changed, removed);
  let mine: Manager | undefined;
  const others: Manager[] = [];
  for (const manager of base) {
    if (same(manager, "Update", author) && manager.apiVersion === apiVersion) mine = manager;
    else others.push({ ...manager, fields: difference(manager.fields, gone) });
  }
  const before = mine?.fields ?? noFields();
  const fields = difference(union(before, changed), removed);
  const time = mine && sameFields(before, fields) ? mine.time : author.time;
  return encode([
    ...others,
    { name: author.manager, operation: "Update", apiVersion, subresource: author.subresource, time, fields },
  ]);
};

type Conflict = readonly [Manager, path: string];

const conflictError = (conflicts: readonly Conflict[]): ApiError => {
  const whose = ([{ name, operation, apiVersion, subresource, time }]: Conflict): string => {
    const through = subresource === undefined ? "" : ` with subresource ${JSON.stringify(subresource)}`;
    const when = time === undefined ? "" : ` at ${time}`;
    return `${JSON.stringify(name)}${through}${operation === "Update" ? ` using ${apiVersion}${when}` : ""}`;
  };
  const lists = [...Map.groupBy(conflicts, whose)].map(
    ([who, fields]) => `conflicts with ${who}:\n${fields.map(([, path]) => `- ${path}`).join("\n")}`,
  );
  const [first, ...more] = conflicts;
  const single = first && more.length === 0 ? `conflict: conflict with ${whose(first)}: ${first[1]}` : undefined;
  const causes = conflicts.map((conflict) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${whose(conflict)}`,
    field: conflict[1],
  }));
  const text = `Apply failed with ${conflicts.length} ${single ?? `conflicts: ${lists.join("\n")}`}`;
  return new ApiError(409, "Conflict", text, { causes });
};

export interface Applied {
  readonly object: KubeObject;
  readonly managedFields: JsonObject[];
}

/**
 * Server-side apply: the live object with the applied fields laid over it, without those that this manager applied before
 * and nobody owns now. Throws a 409 that names every field of another manager that would change, unless `force`.
 */
export const applyTo = (
  live: KubeObject | undefined,
  config: KubeObject,
  resource: Resource,
  { force, ...author }: Author & { readonly force: boolean },
): Applied => {
  const { root } = resource.schema;
  const part = (value: KubeObject | undefined): JsonObject => ownable(value, resource, author.subresource);
  const known = decode(live?.metadata.managedFields);
  const first = { manager: "before-first-apply", subresource: undefined, time: author.time };
  const managers = live && known.length === 0 ? decode(updateManagers(undefined, live, resource, first)) : known;
  const previous = managers.find((manager) => same(manager, "Apply", author));
  const others = managers.filter((manager) => manager !== previous);
  const given = fieldsOf(part(config), root);
  const fields = given.member ? noFields() : given;

  const wanted = withoutNulls(config) as KubeObject;
  const laid = live ? (merged(live, wanted, root) as KubeObject) : wanted;
  const owned = others.reduce((set, manager) => union(set, manager.fields), fields);
  const object = previous ? (without(laid, outside(previous.fields, owned), root, owned) as KubeObject) : laid;
  const whole = (value: KubeObject | undefined): JsonObject => comparable(value, resource, author.subresource);
  const { changed, removed } = compare(whole(live), whole(object), root);
  const conflicts = others.flatMap((manager) =>
    shownPaths(intersection(manager.fields, changed)).map((path) => [manager, path] as const),
  );
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);

  const gone = union(changed, removed);
  const kept = others.map((manager) => ({ ...manager, fields: difference(manager.fields, gone) }));
  const time = previous && sameFields(previous.fields, fields) ? previous.time : author.time;
  const { manager: name, subresource } = author;
  const mine: Manager = { name, operation: "Apply", apiVersion: apiVersionOf(resource), subresource, time, fields };
  return { object: { ...object }, managedFields: encode([mine, ...kept]) };
};
