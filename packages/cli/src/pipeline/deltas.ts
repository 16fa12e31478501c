import { nearest, quote } from "@headgate/api";
import type { KubeObject } from "@headgate/api";

import { formatFieldPath, shapeFaults } from "../render/index.ts";
import type { FieldPath } from "../render/index.ts";
import type { YamlSource } from "../yaml-documents.ts";
import { placed } from "./known-kinds.ts";

/** One thing that happens to an object. */
export interface Change {
  readonly gone: boolean;
  readonly object: KubeObject;
}

/** Changes that happen at once. */
export type Step = readonly Change[];

/** What happens, step after step. */
export interface GivenSteps {
  readonly steps: readonly Step[];
  /** A line for each thing that cannot be used. */
  readonly faults: readonly string[];
}

/** Types of deltas: those of pipelines, of older pipelines, and of `kubectl get --watch --output-watch-events`. */
const types: Readonly<Record<string, "there" | "gone" | "nothing">> = {
  Added: "there",
  Updated: "there",
  Deleted: "gone",
  Upserted: "there",
  Replaced: "there",
  ADDED: "there",
  MODIFIED: "there",
  DELETED: "gone",
  BOOKMARK: "nothing",
};

type Fault = (path: FieldPath, message: string) => void;

/** Reads steps from the documents: a delta `{type, object}` is a step, and so is a list of deltas. */
export function stepsIn(sources: readonly YamlSource[]): GivenSteps {
  const faults: string[] = [];
  const steps: Step[] = [];
  for (const { file, documents } of sources)
    for (const document of documents) {
      if ("fault" in document) {
        faults.push(`${file}:${document.line}:${document.column}: ${document.fault}`);
        continue;
      }
      const step = stepOf(document.json, [], (path, message) => {
        const { line, column } = document.placeOf(path);
        const field = formatFieldPath(path);
        faults.push(`${file}:${line}:${column}: ${field === "" ? "the document" : field} ${message}`);
      });
      if (step.length > 0) steps.push(step);
    }
  return { steps, faults };
}

/** The changes of a delta or of a list of deltas; what is wrong goes to `fault`. */
export function stepOf(value: unknown, at: FieldPath, fault: Fault): Step {
  if (Array.isArray(value)) return value.flatMap((one, index) => changeOf(one, [...at, index], fault));
  return changeOf(value, at, fault);
}

function changeOf(value: unknown, at: FieldPath, fault: Fault): Step {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fault(at, `is ${quote(value)}; it must be a delta: {type, object}`);
    return [];
  }
  const { type, object } = value as Readonly<Record<string, unknown>>;
  const how = typeof type === "string" && Object.hasOwn(types, type) ? types[type] : undefined;
  if (how === undefined) {
    const meant = typeof type === "string" ? nearest(type, Object.keys(types)) : undefined;
    const list = "Added, Updated, Deleted, Upserted, Replaced, or ADDED, MODIFIED, DELETED of a watch";
    fault(
      [...at, "type"],
      `is ${type === undefined ? "missing" : quote(type)}; it must be ${list}${meant === undefined ? "" : ` (${meant}?)`}`,
    );
    return [];
  }
  if (how === "nothing") return [];
  const wrong = shapeFaults(object);
  for (const { path, message } of wrong) fault([...at, "object", ...path], message);
  return wrong.length > 0 ? [] : [{ gone: how === "gone", object: placed(object as KubeObject) }];
}
