import { nameKey } from "@headgate/api";

import { fault } from "../expression/evaluate.ts";
import type { Blame } from "../expression/evaluate.ts";
import { field, isDoc, kindOf } from "../value.ts";
import type { Doc } from "../value.ts";

/** An object that a pipeline makes, by its name. */
export interface Named {
  /** `namespace/name`, or just the name. */
  readonly key: string;
  readonly object: Doc;
}

/**
 * The key of an object that came out of a pipeline: it must have `metadata`, in it a name, and no namespace but a text.
 * Throws a `DataFault`.
 */
export function named(object: Doc, at: string): Named {
  const blame: Blame = { at, name: "target" };
  const metadata = field(object, "metadata");
  if (!isDoc(metadata))
    return fault(blame, "invalid-output", "the object has no metadata: a @project has to give it some");
  const name = field(metadata, "name");
  if (typeof name !== "string" || name === "")
    return fault(
      blame,
      "invalid-output",
      `metadata.name: a text expected, not ${name === "" ? "an empty one" : kindOf(name)}`,
    );
  const namespace = field(metadata, "namespace");
  if (namespace !== undefined && typeof namespace !== "string")
    return fault(blame, "invalid-output", `metadata.namespace: a text expected, not ${kindOf(namespace)}`);
  return { key: nameKey(namespace === undefined ? { name } : { namespace, name }), object };
}
