import type { Json } from "@headgate/api";

import { isDoc, isList } from "../value.ts";
import { compareText } from "../text/utf8.ts";
import type { Segment } from "./path.ts";

/**
 * The fields of a map, or the indices of a list, that a segment means, in order: of a list as they come, of a map by the
 * bytes of their names, so that no history of an object shows.
 */
export function members(segment: Segment, container: Json, root: Json): readonly (string | number)[] {
  switch (segment.type) {
    case "child":
      return isDoc(container) && Object.hasOwn(container, segment.name) ? [segment.name] : [];
    case "index":
      return inside(container, [segment.index]);
    case "union":
      return segment.members.flatMap((member): readonly (string | number)[] =>
        typeof member === "number"
          ? inside(container, [member])
          : isDoc(container) && Object.hasOwn(container, member)
            ? [member]
            : [],
      );
    case "slice":
      return isList(container) ? sliced(segment, container.length) : [];
    case "wildcard":
      return all(container);
    case "filter":
      return all(container).filter((key) => segment.test(at(container, key) ?? null, root));
    case "descent":
      return [];
  }
}

/** All fields of a map, by name; all indices of a list; nothing of anything else. */
export function all(container: Json): readonly (string | number)[] {
  if (isList(container)) return container.map((_, index) => index);
  return isDoc(container) ? Object.keys(container).sort(compareText) : [];
}

/** What is there, under a key that `members` gave. */
export function at(container: Json, key: string | number): Json | undefined {
  if (typeof key === "number") return isList(container) ? container[key] : undefined;
  return isDoc(container) ? container[key] : undefined;
}

function inside(container: Json, indices: readonly number[]): readonly number[] {
  if (!isList(container)) return [];
  return indices
    .map((index) => (index < 0 ? index + container.length : index))
    .filter((index) => index >= 0 && index < container.length);
}

function sliced({ start, end, step }: Segment & { readonly type: "slice" }, length: number): readonly number[] {
  if (step === 0) return [];
  const absolute = (index: number): number => (index < 0 ? index + length : index);
  const indices: number[] = [];
  if (step > 0) {
    const last = Math.min(absolute(end ?? length), length);
    for (let index = Math.max(absolute(start ?? 0), 0); index < last; index += step) indices.push(index);
  } else {
    const last = Math.max(end === undefined ? -1 : absolute(end), -1);
    for (let index = Math.min(absolute(start ?? length - 1), length - 1); index > last; index += step)
      indices.push(index);
  }
  return indices;
}
