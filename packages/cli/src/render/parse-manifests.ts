import { quote } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { isMap, LineCounter, parseAllDocuments } from "yaml";
import type { Document } from "yaml";
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
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: "1.1",
    // A time stays text, as in JSON.
    customTags: (tags) =>
      tags.filter((tag) => tag !== "timestamp" && (typeof tag !== "object" || tag.tag !== timestamp)),
  });
  const manifests: Manifest[] = [];
  const problems: ManifestProblem[] = [];
  const documents = Array.isArray(parsed) ? (parsed as readonly Document.Parsed[]) : [];
  for (const document of documents) {
    for (const { message, pos } of document.errors) {
      problems.push({ file, line: lines.linePos(pos[0]).line, field: undefined, message: sentence(message) });
    }
    if (document.errors.length > 0) continue;
    const lineOf = lineFinder(document, lines);
    const value = valueOf(document);
    if ("fault" in value) {
      problems.push({ file, line: lineOf([]), field: undefined, message: value.fault });
      continue;
    }
    if (value.json === null || value.json === undefined) continue;
    for (const { item, at } of flattened(value.json, [])) {
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

const timestamp = "tag:yaml.org,2002:timestamp";

/** The document as JSON has it, or why it can't be. */
function valueOf(document: Document.Parsed): { readonly json: unknown } | { readonly fault: string } {
  try {
    return { json: JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }))) as unknown };
  } catch (error) {
    // Well-formed text that stands for no value: aliases that lead nowhere, around in a circle or to too much, wrong merges.
    return { fault: sentence(error instanceof Error ? error.message : String(error)) };
  }
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

function lineFinder(document: Document.Parsed, lines: LineCounter): (path: FieldPath) => number {
  const start = (node: unknown): number | undefined => {
    const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
    return range?.[0];
  };
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const name = path[length - 1];
      // Of a field, the line of its name: that is where a person looks.
      const key = isMap(parent) ? parent.items.find((pair) => keyText(pair.key) === name)?.key : undefined;
      const offset = start(key) ?? start(document.getIn(path.slice(0, length), true));
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return lines.linePos(start(document.contents) ?? document.range[0]).line;
  };
}

function keyText(key: unknown): unknown {
  return (key as { readonly value?: unknown } | null)?.value;
}

function sentence(message: string): string {
  const [first = ""] = message.split("\n");
  return first.length <= 200 ? first : quote(first);
}
