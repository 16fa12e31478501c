import type { Json } from "@headgate/api";

import { isDoc } from "../value.ts";
import { all, at, members } from "./members.ts";
import type { Path } from "./path.ts";

/** Finds what a path means in a value: its first match, or undefined. */
export type Getter = (root: Json) => Json | undefined;

/** Makes the function that follows a path; `root`, if it is another value, is what `$` means inside filters. */
export function getter(path: Path): (start: Json, root: Json) => Json | undefined {
  const names: string[] = [];
  for (const segment of path) if (segment.type === "child") names.push(segment.name);
  // Most paths are names only, and these are what an event spends its time on.
  if (names.length < path.length) return (start, root) => first(path, 0, start, root);
  return (start) => {
    let value: Json | undefined = start;
    for (const name of names) {
      if (!isDoc(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    return value;
  };
}

function first(path: Path, index: number, value: Json, root: Json): Json | undefined {
  const segment = path[index];
  if (segment === undefined) return value;
  if (segment.type === "descent") return descend(path, index + 1, value, root);
  for (const key of members(segment, value, root)) {
    const found = first(path, index + 1, at(value, key) ?? null, root);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The rest of the path at the innermost place that has it: whatever lies deeper comes first. */
function descend(path: Path, index: number, value: Json, root: Json): Json | undefined {
  for (const key of all(value)) {
    const found = descend(path, index, at(value, key) ?? null, root);
    if (found !== undefined) return found;
  }
  return first(path, index, value, root);
}
