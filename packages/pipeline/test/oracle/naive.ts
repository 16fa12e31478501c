/** What a pipeline means, computed from scratch in the plainest way: every pair of a join, every row of a group, each time. */
import type { Json } from "@headgate/api";
import { compileExpression, DataFault } from "@headgate/pipeline";

export type Doc = Readonly<Record<string, Json>>;
export type Operation = Readonly<Record<string, Json>>;

/** Rows that come of one row of a join, or of one group: a fault takes all of them. */
type Unit = readonly Doc[];

const around = { now: "2026-01-31T12:00:00Z", random: () => 0.5 };

/** The objects of the target by key. */
export function naive(
  sources: readonly { readonly name: string; readonly objects: readonly Doc[] }[],
  operations: readonly Operation[],
): Map<string, Doc> {
  const [first, ...rest] = operations;
  const joined = first !== undefined && "@join" in first;
  let units: readonly Unit[] = joined
    ? tuples(sources).flatMap((tuple) => (matches(first["@join"] ?? null, tuple) ? [[tuple]] : []))
    : (sources[0]?.objects ?? []).map((object) => [object]);
  for (const operation of joined ? rest : operations) units = stage(operation, units);
  const named = units.flatMap((unit) => faultless(() => unit.map((row) => [keyOf(row), row] as const)));
  const result = new Map<string, Doc>();
  for (const [key, row] of named) {
    const object = withoutType(row);
    const other = result.get(key);
    if (other === undefined || inOrder(object) < inOrder(other)) result.set(key, object);
  }
  return result;
}

function tuples(sources: readonly { readonly name: string; readonly objects: readonly Doc[] }[]): readonly Doc[] {
  return sources.reduce<readonly Doc[]>(
    (found, { name, objects }) => found.flatMap((tuple) => objects.map((object) => ({ ...tuple, [name]: object }))),
    [{}],
  );
}

/** A tuple matches when no part of the condition is false and none is without an answer. */
function matches(condition: Json, tuple: Doc): boolean {
  return faultless(() => [value(condition, tuple) === true]).includes(true);
}

function stage(operation: Operation, units: readonly Unit[]): readonly Unit[] {
  const [[name, argument] = ["", null]] = Object.entries(operation);
  if (name === "@gather") return gather(argument as readonly [Json, string], units);
  return units.flatMap((unit) => {
    const rows = faultless(() => unit.flatMap((row) => linear(name, argument, row)));
    return rows.length === 0 ? [] : [rows];
  });
}

function linear(name: string, argument: Json, row: Doc): readonly Doc[] {
  if (name === "@select") return demandTruth(value(argument, row)) ? [row] : [];
  if (name === "@unwind") return unwind(argument as string, row);
  const result = value(argument, row);
  const parts = (Array.isArray(result) ? result : [result]) as readonly Doc[];
  return [parts.reduce<Doc>((under, over) => merge(under, over) as Doc, {})];
}

function merge(under: Json | undefined, over: Json): Json {
  if (under === undefined || under === null) return over;
  if (over === null) throw new DataFault("type", "", "");
  if (Array.isArray(under) && Array.isArray(over)) return [...(under as Json[]), ...(over as Json[])];
  if (typeof under !== "object" || typeof over !== "object" || Array.isArray(under) || Array.isArray(over)) return over;
  const whole: Record<string, Json> = { ...(under as Doc) };
  for (const [key, part] of Object.entries(over)) whole[key] = merge(whole[key], part);
  return whole;
}

/** The generated pipelines unwind `$.NAME` only. */
function unwind(path: string, row: Doc): readonly Doc[] {
  const field = path.slice("$.".length);
  const list = row[field] ?? null;
  if (list === null) return [];
  if (!Array.isArray(list)) throw new DataFault("type", "", "");
  const metadata = row["metadata"] as { readonly name: string };
  return (list as Json[]).map((item, index) => ({
    ...row,
    [field]: item,
    metadata: { ...metadata, name: `${metadata.name}-${index}` },
  }));
}

/** The generated pipelines collect `$.NAME` only. */
function gather([key, path]: readonly [Json, string], units: readonly Unit[]): readonly Unit[] {
  const field = path.slice("$.".length);
  const groups = new Map<string, { readonly row: Doc; readonly list: Json[] }>();
  for (const unit of units) {
    const members = faultless(() => unit.map((row) => ({ group: value(key, row), own: row[field] ?? null, row })));
    for (const { group, own, row } of members) {
      if (group === null || own === null) continue;
      const found = groups.get(inOrder(group)) ?? { row, list: [] };
      found.list.push(own);
      groups.set(inOrder(group), found);
    }
  }
  return [...groups.values()].map(({ row, list }) => [{ ...row, [field]: list.sort(byValue) }]);
}

function byValue(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [x, y] = [inOrder(a), inOrder(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function keyOf(row: Doc): string {
  const metadata = row["metadata"] as { readonly name?: Json; readonly namespace?: Json } | undefined;
  const name = metadata?.name ?? null;
  const namespace = metadata?.namespace;
  if (typeof name !== "string" || (namespace !== undefined && typeof namespace !== "string"))
    throw new DataFault("invalid-output", "", "");
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The object without what the target says of it. */
export function withoutType(object: Doc): Doc {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== "apiVersion" && name !== "kind"));
}

function value(raw: Json, row: Doc): Json {
  const compiled = compileExpression(raw);
  if (compiled.problems !== undefined) throw new Error(JSON.stringify(compiled.problems));
  return compiled.evaluate(row, around);
}

function demandTruth(found: Json): boolean {
  if (typeof found !== "boolean") throw new DataFault("type", "", "");
  return found;
}

function faultless<T>(compute: () => readonly T[]): readonly T[] {
  try {
    return compute();
  } catch (cause) {
    if (cause instanceof DataFault) return [];
    throw cause;
  }
}

/** JSON with keys in order. The generated texts are plain, so nothing needs escaping. */
export function inOrder(whole: Json): string {
  return JSON.stringify(whole, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
