import type { KubeObject } from "@headgate/api";
import { yamlSource } from "../yaml-documents.ts";
import type { YamlSource } from "../yaml-documents.ts";
import { formatFieldPath } from "./field-path.ts";
import type { FieldPath } from "./field-path.ts";
import { shapeFaults } from "./object-shape.ts";

/** Why a manifest can't be read. */
export interface ManifestProblem {
  readonly file: string;
  /** Counted from 1; undefined when it concerns the file as a whole. */
  readonly line: number | undefined;
  readonly field: string | undefined;
  readonly message: string;
}

/** An object and where it is written. */
export interface Manifest {
  readonly object: KubeObject;
  readonly file: string;
  /** The line, counted from 1, of a field, or of what there is of its way there. */
  readonly lineOf: (path: FieldPath) => number;
}

/** What a file says. An object with problems is left out. */
export interface ParsedManifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
}

/**
 * Reads the text of a file: YAML (1.1, as kubectl reads it) or JSON, any number of documents, Lists flattened.
 * Every problem is reported, with its line and field.
 */
export function parseManifests(file: string, text: string): ParsedManifests {
  return manifestsIn(yamlSource({ file, text }));
}

/** The objects of documents, Lists flattened, and every problem, with its line and field. */
export function manifestsIn({ file, documents }: YamlSource): ParsedManifests {
  const manifests: Manifest[] = [];
  const problems: ManifestProblem[] = [];
  for (const document of documents) {
    if ("fault" in document) {
      problems.push({ file, line: document.line, field: undefined, message: document.fault });
      continue;
    }
    const lineOf = (path: FieldPath): number => document.placeOf(path).line;
    for (const { item, at } of flattened(document.json, [])) {
      const faults = shapeFaults(item);
      for (const { path, message } of faults) {
        const whole = [...at, ...path];
        const field = whole.length === 0 ? undefined : formatFieldPath(whole);
        problems.push({
          file,
          line: lineOf(whole),
          field,
          message: field === undefined ? `the document ${message}` : message,
        });
      }
      if (faults.length > 0) continue;
      manifests.push({ object: tidy(item as KubeObject), file, lineOf: (path) => lineOf([...at, ...path]) });
    }
  }
  return { manifests, problems };
}

/** The objects of a document: itself, or those of a List, with their places. */
function* flattened(value: unknown, at: FieldPath): Iterable<{ readonly item: unknown; readonly at: FieldPath }> {
  const list = value as { readonly kind?: unknown; readonly items?: unknown } | null;
  if (typeof list?.kind === "string" && list.kind.endsWith("List") && Array.isArray(list.items)) {
    for (const [i, item] of list.items.entries()) yield* flattened(item, [...at, "items", i]);
  } else {
    yield { item: value, at };
  }
}

/** Without the metadata that is null, which means the same as its absence. */
function tidy(object: KubeObject): KubeObject {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([, value]) => (value as unknown) !== null),
  ) as unknown as KubeObject["metadata"];
  return { ...object, metadata };
}
