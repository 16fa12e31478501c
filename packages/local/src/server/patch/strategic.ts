import { badRequest } from "../http/api-error.ts";
import { equal, isObject, type Json, type JsonObject, omit, setAt } from "../json/json.ts";
import type { JsonSchema } from "../../schema/index.ts";
import { itemSchema, listTypeOf, memberSchema, mergeKeys } from "../kinds/merging.ts";

const orderMark = "$setElementOrder/";
const deleteMark = "$deleteFromPrimitiveList/";

/** A strategic merge patch of a built-in kind: lists merge as the kind's shape says, directives begin with `$`. */
export const strategicMerge = (current: Json | undefined, patch: Json, schema: JsonSchema): Json | undefined => {
  if (!isObject(patch)) return patch;
  const directive = patch["$patch"];
  if (directive === "delete") return undefined;
  if (directive !== undefined && directive !== "replace" && directive !== "merge")
    throw badRequest(`Unrecognized type for ${JSON.stringify(directive)} in $patch directive`);
  const base: JsonObject = isObject(current) && directive !== "replace" ? { ...current } : {};
  const retained = patch["$retainKeys"];
  const dropped = Array.isArray(retained) ? Object.keys(base).filter((name) => !retained.includes(name)) : [];
  const result = omit(base, ...dropped);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$") || value === undefined) continue;
    const inner = memberSchema(schema, name);
    const list = Array.isArray(value) ? mergeList(base[name], value, inner) : undefined;
    setAt(result, [name], list ?? (value === null ? undefined : strategicMerge(base[name], value, inner)));
  }
  for (const [mark, value] of Object.entries(patch)) if (Array.isArray(value)) directList(result, mark, value, schema);
  return result;
};

/** Carries out a directive that stands beside the list that it is about. */
const directList = (object: JsonObject, mark: string, value: readonly Json[], schema: JsonSchema): void => {
  const name = mark.slice(mark.indexOf("/") + 1);
  const list = object[name];
  if (!Array.isArray(list)) return;
  if (mark.startsWith(deleteMark)) object[name] = list.filter((item) => !value.some((gone) => equal(item, gone)));
  if (mark.startsWith(orderMark)) object[name] = ordered(list, value, mergeKeys(memberSchema(schema, name))[0]);
};

const mergeList = (current: Json | undefined, patch: readonly Json[], schema: JsonSchema): Json[] => {
  const base = Array.isArray(current) ? current : [];
  const key = mergeKeys(schema)[0];
  if (listTypeOf(schema) === "set") return woven([...new Set([...base, ...patch])], base, patch, key);
  const inner = itemSchema(schema);
  if (key === undefined)
    return patch.map((item) => strategicMerge(undefined, item, inner)).filter((item) => item !== undefined);
  const replaces = patch.some((item) => isObject(item) && item["$patch"] === "replace" && item[key] === undefined);
  const result: Json[] = replaces ? [] : [...base];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest("expected a list of objects in a strategic merge patch");
    if (item[key] === undefined) {
      if (item["$patch"] === "replace") continue;
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    }
    const found = result.findIndex((other) => isObject(other) && equal(other[key], item[key]));
    const value = strategicMerge(found < 0 ? undefined : result[found], item, inner);
    if (found < 0) result.push(...(value === undefined ? [] : [value]));
    else result.splice(found, 1, ...(value === undefined ? [] : [value]));
  }
  return woven(result, base, patch, key);
};

const indexIn = (list: readonly Json[], item: Json, key: string | undefined): number =>
  list.findIndex((other) =>
    key === undefined ? equal(item, other) : isObject(other) && isObject(item) && equal(item[key], other[key]),
  );

/** The items of a merged list: those that only the server has in its order, before those of the patch that follow them there. */
const woven = (
  merged: readonly Json[],
  base: readonly Json[],
  patch: readonly Json[],
  key: string | undefined,
): Json[] => {
  const left = merged.filter((item) => indexIn(patch, item, key) < 0);
  const right = patch.flatMap((item) => merged[indexIn(merged, item, key)] ?? []);
  const result: Json[] = [];
  for (let [a] = left, [b] = right; a !== undefined || b !== undefined; [a] = left, [b] = right) {
    const place = b === undefined ? Infinity : indexIn(base, b, key);
    const first = a !== undefined && (place < 0 ? false : indexIn(base, a, key) < place);
    result.push((first ? left : right).shift() ?? null);
  }
  return result;
};

/** The listed items in the order that is asked for, in the places that listed items had. */
const ordered = (list: readonly Json[], order: readonly Json[], key: string | undefined): Json[] => {
  const rank = (item: Json): number => indexIn(order, item, key);
  const listed = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  return list.map((item) => (rank(item) < 0 ? item : (listed.shift() ?? item)));
};
