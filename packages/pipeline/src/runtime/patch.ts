import type { Json } from "@headgate/api";

import { isDoc, isList, put } from "../value.ts";
import type { Doc, Draft } from "../value.ts";

/**
 * What a patch makes of an object: maps are merged field by field, null takes a field away, lists are merged item by item in
 * their order, and everything else replaces what was there.
 */
export function patched(object: Doc, patch: Doc): Doc {
  const draft: Draft = { ...object };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(draft, name);
    else put(draft, name, over(Object.hasOwn(draft, name) ? draft[name] : undefined, value));
  }
  return draft;
}

function over(under: Json | undefined, patch: Json): Json {
  if (isDoc(patch)) return patched(isDoc(under) ? under : {}, patch);
  if (!isList(patch) || !isList(under)) return patch;
  const items = patch.map((item, index) => (item === null ? null : over(under[index], item)));
  return [...items, ...under.slice(items.length)];
}
