import { quote } from "@headgate/api";
import { jsonOf, parseYaml } from "@headgate/pipeline";
import { isMap, LineCounter } from "yaml";
import type { Document } from "yaml";

import type { FieldPath } from "./render/field-path.ts";

/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A document of a YAML text, as JSON has it. */
export interface YamlDocument {
  readonly json: unknown;
  /** Where a field is written, or what there is of its way there. */
  readonly placeOf: (path: FieldPath) => Place;
}

/** A document that is none. */
export interface YamlFault extends Place {
  readonly fault: string;
}

/** A file, or a part of one, and its documents. */
export interface YamlSource {
  readonly file: string;
  readonly documents: readonly (YamlDocument | YamlFault)[];
}

/** The documents of a file's text. */
export function yamlSource({ file, text }: { readonly file: string; readonly text: string }): YamlSource {
  return { file, documents: yamlDocuments(text) };
}

/**
 * Reads a text as YAML (as kubectl reads it) or JSON, any number of documents. Empty documents are left out; of one that
 * cannot be read, there are its faults.
 */
export function yamlDocuments(text: string): readonly (YamlDocument | YamlFault)[] {
  const lines = new LineCounter();
  return parseYaml(text, lines).flatMap((document): readonly (YamlDocument | YamlFault)[] => {
    if (document.errors.length > 0)
      return document.errors.map(({ message, pos }) => ({ fault: sentence(message), ...placeAt(lines, pos[0]) }));
    const placeOf = placeFinder(document, lines);
    const value = valueOf(document);
    if ("fault" in value) return [{ ...value, ...placeOf([]) }];
    return value.json === null || value.json === undefined ? [] : [{ json: value.json, placeOf }];
  });
}

/** The document as JSON has it, or why it can't be. */
function valueOf(document: Document.Parsed): { readonly json: unknown } | { readonly fault: string } {
  try {
    return { json: jsonOf(document) };
  } catch (error) {
    return { fault: sentence(error instanceof Error ? error.message : String(error)) };
  }
}

function placeFinder(document: Document.Parsed, lines: LineCounter): (path: FieldPath) => Place {
  const start = (node: unknown): number | undefined => {
    const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
    return range?.[0];
  };
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const name = path[length - 1];
      // Of a field, the place of its name: that is where a person looks.
      const key = isMap(parent) ? parent.items.find((pair) => keyText(pair.key) === name)?.key : undefined;
      const offset = start(key) ?? start(document.getIn(path.slice(0, length), true));
      if (offset !== undefined) return placeAt(lines, offset);
    }
    return placeAt(lines, start(document.contents) ?? document.range[0]);
  };
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function keyText(key: unknown): unknown {
  return (key as { readonly value?: unknown } | null)?.value;
}

function sentence(message: string): string {
  const [first = ""] = message.split("\n");
  return first.length <= 200 ? first : quote(first);
}
