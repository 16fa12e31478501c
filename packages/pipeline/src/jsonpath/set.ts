import type { Json } from "@headgate/api";

import { isDoc, isList, kindOf, put } from "../value.ts";
import type { Draft } from "../value.ts";
import { members } from "./members.ts";
import type { Path, Segment } from "./path.ts";

/** A list that a path may not be made to fill: the largest index that a setter creates. */
const maxIndex = 10_000;

/** A value that cannot be put where the path says. */
export class SetterError extends Error {
  override readonly name = "SetterError";
}

/** Puts a value where a path says and gives the new whole; what was there is not changed. Throws a `SetterError`. */
export type Setter = (target: Json, value: Json) => Json;

/** Makes the function that sets at a path. Throws a `SetterError` for a path at which nothing can be set. */
export function setter(path: Path): Setter {
  // `$..a` sets at the root, as it always did.
  const plain = path[0]?.type === "descent" ? path.slice(1) : path;
  if (plain.length === 0) throw new SetterError("the whole object is no place: use a name, or $. to copy all fields");
  if (plain.some(({ type }) => type === "descent")) throw new SetterError(".. finds places, it cannot make one");
  return (target, value) => set({ path: plain, value, root: target }, 0, target);
}

interface Task {
  readonly path: Path;
  readonly value: Json;
  readonly root: Json;
}

function set(task: Task, depth: number, target: Json | undefined): Json {
  const segment = task.path[depth];
  if (segment === undefined) return task.value;
  if (segment.type === "child") return setField(task, depth, target);
  const keys = members(segment, target ?? null, task.root);
  if (keys.length > 0) return replaced(target ?? null, keys, (old) => set(task, depth + 1, old));
  if (segment.type === "index" && segment.index >= 0 && depth === task.path.length - 1)
    return extended(target, segment.index, task.value);
  throw new SetterError(`${shown(segment)} means nothing in ${kindOf(target)}`);
}

function setField(task: Task, depth: number, target: Json | undefined): Json {
  const segment = task.path[depth];
  const name = segment?.type === "child" ? segment.name : "";
  if (target !== undefined && target !== null && !isDoc(target))
    throw new SetterError(`${kindOf(target)} has no field ${JSON.stringify(name)}`);
  const draft: Draft = { ...target };
  const old = target && Object.hasOwn(target, name) ? target[name] : undefined;
  put(draft, name, set(task, depth + 1, old));
  return draft;
}

function replaced(target: Json, keys: readonly (string | number)[], next: (old: Json | undefined) => Json): Json {
  if (isList(target)) {
    const items = [...target];
    for (const key of keys) if (typeof key === "number") items[key] = next(items[key]);
    return items;
  }
  const draft: Draft = isDoc(target) ? { ...target } : {};
  for (const key of keys) put(draft, String(key), next(draft[key]));
  return draft;
}

function extended(target: Json | undefined, index: number, value: Json): Json {
  if (target !== undefined && target !== null && !isList(target))
    throw new SetterError(`${kindOf(target)} has no item ${index}`);
  if (index > maxIndex) throw new SetterError(`item ${index} is beyond the ${maxIndex} that a list may be given`);
  const items = [...(target ?? [])];
  while (items.length < index) items.push(null);
  items.push(value);
  return items;
}

function shown(segment: Segment): string {
  if (segment.type === "index") return `[${segment.index}]`;
  return segment.type === "wildcard" ? "[*]" : `a ${segment.type}`;
}
