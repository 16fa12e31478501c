import type { Json } from "@headgate/api";

/** What is known of a value before there are objects. `at` is the expression that makes it, as its place in the YAML. */
export type Shape = { readonly at: string } & (
  | { readonly kind: "unknown" }
  /** Nothing, always. */
  | { readonly kind: "nothing" }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "scalar"; readonly type: "string" | "number" | "boolean" }
  /** `open`: it may have other fields too. */
  | { readonly kind: "map"; readonly fields: ReadonlyMap<string, Shape>; readonly open: boolean }
  /** `items`: the shapes that its items may have. */
  | { readonly kind: "list"; readonly items: readonly Shape[] }
  | { readonly kind: "either"; readonly options: readonly Shape[] }
);

export type MapShape = Shape & { readonly kind: "map" };

export function unknown(at: string): Shape {
  return { kind: "unknown", at };
}

/** An object of which nothing is known. */
export function anyMap(at: string): Shape {
  return { kind: "map", fields: new Map(), open: true, at };
}

/** The shape of a value that is written. */
export function shapeOfJson(value: Json, at: string): Shape {
  if (value === null) return { kind: "nothing", at };
  if (Array.isArray(value))
    return { kind: "list", items: (value as readonly Json[]).map((item) => shapeOfJson(item, at)), at };
  if (typeof value !== "object") return { kind: "literal", value, at };
  const fields = Object.entries(value).map(([name, item]) => [name, shapeOfJson(item, at)] as const);
  return { kind: "map", fields: new Map(fields), open: false, at };
}

/** The shape of a field. */
export function fieldShape(shape: Shape, name: string, at: string): Shape {
  switch (shape.kind) {
    case "map":
      return shape.fields.get(name) ?? { kind: shape.open ? "unknown" : "nothing", at };
    case "either":
      return { kind: "either", options: shape.options.map((option) => fieldShape(option, name, at)), at };
    case "unknown":
      return unknown(at);
    case "nothing":
    case "literal":
    case "scalar":
    case "list":
      return { kind: "nothing", at };
  }
}

/** The same value as another expression gives it. */
export function seenAt(shape: Shape, at: string): Shape {
  return { ...shape, at };
}

/** The map with a value at some names below each other; maps are made where there are none. */
export function withField(shape: Shape, names: readonly string[], value: Shape): Shape {
  const [name, ...rest] = names;
  if (name === undefined) return value;
  const base = shape.kind === "map" ? shape : mapLike(shape);
  const inner = base.fields.get(name) ?? { kind: base.open ? "unknown" : "nothing", at: value.at };
  return { ...base, fields: new Map([...base.fields, [name, withField(inner, rest, value)]]) };
}

function mapLike(shape: Shape): MapShape {
  return { kind: "map", fields: new Map(), open: shape.kind === "unknown" || shape.kind === "either", at: shape.at };
}

/** What comes of putting one value over another, as the parts of a @project in list form are. */
export function mergedShapes(under: Shape, over: Shape): Shape {
  if (under.kind === "nothing") return over;
  if (under.kind === "map" && over.kind === "map") {
    const fields = new Map(under.fields);
    for (const [name, shape] of over.fields) {
      const below = fields.get(name);
      fields.set(name, below === undefined ? (under.open ? loose(shape) : shape) : mergedShapes(below, shape));
    }
    return { kind: "map", fields, open: under.open || over.open, at: over.at };
  }
  if (under.kind === "list" && over.kind === "list") return { ...over, items: [...under.items, ...over.items] };
  return under.kind === "unknown" || under.kind === "either" || over.kind === "nothing" ? loose(over) : over;
}

/** A value that may have been put over another one, of which nothing is known. */
function loose(shape: Shape): Shape {
  if (shape.kind === "map") return { ...shape, open: true };
  return shape.kind === "list" ? { ...shape, items: [...shape.items, unknown(shape.at)] } : shape;
}
