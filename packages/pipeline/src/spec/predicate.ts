import type { Json } from "@headgate/api";
import { sameValue } from "@headgate/delta";

import { below } from "../problem.ts";
import type { Problems } from "../problem.ts";
import { field, isDoc, isList } from "../value.ts";
import type { Doc } from "../value.ts";

/** Whether an update of an object is worth looking at. That an object comes or goes always is. */
export type Predicate = (before: Doc, after: Doc) => boolean;

const basic: Readonly<Record<string, string>> = {
  GenerationChanged: "generation",
  ResourceVersionChanged: "resourceVersion",
  LabelChanged: "labels",
  AnnotationChanged: "annotations",
};

/** Reads a predicate: a name, or And, Or, Not of predicates. Every fault goes to `problems`. */
export function parsePredicate(raw: Json, at: string, problems: Problems): Predicate {
  const always: Predicate = () => true;
  if (typeof raw === "string") {
    const name = Object.hasOwn(basic, raw) ? basic[raw] : undefined;
    if (name !== undefined)
      return (before, after) => !sameValue(metadataField(before, name), metadataField(after, name));
    problems.add("compile", at, `there is no predicate ${raw}: ${Object.keys(basic).join(", ")}`);
    return always;
  }
  const keys = isDoc(raw) ? Object.keys(raw) : [];
  const [name = ""] = keys;
  const items = isDoc(raw) ? raw[name] : undefined;
  if (
    keys.length !== 1 ||
    !["And", "Or", "Not"].includes(name) ||
    !isList(items) ||
    (name === "Not" && items.length !== 1)
  ) {
    problems.add("compile", at, "a predicate is a name, {And: […]}, {Or: […]} or {Not: [one]}");
    return always;
  }
  const parts = items.map((item, index) => parsePredicate(item, below(below(at, name), index), problems));
  if (name === "And") return (before, after) => parts.every((part) => part(before, after));
  if (name === "Or") return (before, after) => parts.some((part) => part(before, after));
  return (before, after) => !parts.some((part) => part(before, after));
}

function metadataField(object: Doc, name: string): Json {
  const metadata = field(object, "metadata");
  return (isDoc(metadata) ? field(metadata, name) : undefined) ?? null;
}
