import { isObject, type Json, type JsonObject } from "../json/json.ts";

/** Which members an object may have and how its lists merge: what pruning, patches and server-side apply need. */
export interface Shape {
  readonly type: "any" | "string" | "int" | "number" | "bool" | "intstr" | "quantity" | "map" | "list";
  /** Members known by name. Absent: the members are `values`. */
  readonly fields?: ReadonlyMap<string, Shape>;
  readonly values?: Shape;
  readonly items?: Shape;
  /** Replaced as a whole. */
  readonly atomic?: boolean;
  readonly list?: "atomic" | "set" | "map";
  readonly keys?: readonly string[];
  /** The values of keys that an item leaves out. */
  readonly keyDefaults?: Readonly<JsonObject>;
  /** Keeps members that `fields` doesn't name. */
  readonly open?: boolean;
}

/** Nothing is known about it: objects merge by member, lists are replaced. */
export const anyShape: Shape = { type: "any" };

export const memberShape = (shape: Shape, name: string): Shape => shape.fields?.get(name) ?? shape.values ?? anyShape;
export const itemShape = (shape: Shape): Shape => shape.items ?? anyShape;

/** The identity of an item of a list of type map, as FieldsV1 writes it; `undefined` when a key is missing. */
export const itemKey = (item: Json, list: Shape): string | undefined => {
  if (!isObject(item)) return undefined;
  const identity: JsonObject = {};
  for (const key of [...(list.keys ?? [])].sort()) {
    const value = item[key] ?? list.keyDefaults?.[key];
    if (value === undefined) return undefined;
    identity[key] = value;
  }
  return `k:${JSON.stringify(identity)}`;
};

const scalarFits: Readonly<Record<string, (value: Json) => boolean>> = {
  string: (value) => typeof value === "string",
  int: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  bool: (value) => typeof value === "boolean",
  intstr: (value) => typeof value === "string" || Number.isInteger(value),
  quantity: (value) => typeof value === "string" || typeof value === "number",
};
const goType: Readonly<Record<string, string>> = { int: "int32", bool: "bool", map: "map", list: "slice" };

export interface Misfit {
  readonly path: string;
  readonly kind: "unknown" | "type";
  readonly detail: string;
}

/** Every member that the shape doesn't know, and every value of the wrong JSON type. */
export const misfits = (value: Json | undefined, shape: Shape): Misfit[] => {
  const found: Misfit[] = [];
  collect(value, { shape, path: "", found });
  return found;
};

const jsonType = (value: Json): string => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);

interface Place {
  readonly shape: Shape;
  readonly path: string;
  readonly found: Misfit[];
}

const collect = (value: Json | undefined, { shape, path, found }: Place): void => {
  if (value === undefined || value === null || shape.type === "any") return;
  const wrongType = (): void => {
    found.push({ path, kind: "type", detail: `${jsonType(value)} ${goType[shape.type] ?? shape.type}` });
  };
  if (shape.type === "list") {
    if (!Array.isArray(value)) wrongType();
    else
      value.forEach((item, i) => {
        collect(item, { shape: itemShape(shape), path: `${path}[${i}]`, found });
      });
    return;
  }
  if (shape.type !== "map") {
    if (!(scalarFits[shape.type]?.(value) ?? true)) wrongType();
    return;
  }
  if (!isObject(value)) {
    wrongType();
    return;
  }
  for (const name in value) {
    const inner = path === "" ? name : `${path}.${name}`;
    const known = shape.fields?.get(name) ?? shape.values;
    if (known) collect(value[name], { shape: known, path: inner, found });
    else if (!shape.open) found.push({ path: inner, kind: "unknown", detail: "" });
  }
};

/** A copy without the members that the shape doesn't know. */
export const pruned = (value: Json, shape: Shape): Json => {
  if (shape.type === "list" && Array.isArray(value)) return value.map((item) => pruned(item, itemShape(shape)));
  if (shape.type !== "map" || !isObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const known = shape.fields?.get(name) ?? shape.values;
    if (known) kept[name] = pruned(member, known);
    else if (shape.open) kept[name] = member;
  }
  return kept;
};
