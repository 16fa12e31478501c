import type { Json } from "@headgate/api";
import { isCollection, parseAllDocuments, stringify, visit } from "yaml";
import type { Document, LineCounter, ScalarTag, Tags } from "yaml";

/** `0o777`, which YAML 1.1 does not know, and kubectl takes for 511. */
const octal: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => {
    const digits = text.replaceAll("_", "");
    const value = Number.parseInt(digits.slice(digits.indexOf("o") + 1), 8);
    return text.startsWith("-") ? -value : value;
  },
  stringify: ({ value }) => String(value),
};

/** What kubectl takes for text: times (`2026-01-31`), and numbers to the base 60 (`22:22`). */
function isText(tag: Tags[number]): boolean {
  if (typeof tag === "string") return tag === "timestamp";
  return tag.tag === "tag:yaml.org,2002:timestamp" || ("format" in tag && tag.format === "TIME");
}

/**
 * The documents of a text, as kubectl reads YAML: version 1.1 (`yes` is true, `0777` is 511), with the exceptions that it makes.
 * What is wrong with a document is in its `errors`.
 */
export function parseYaml(text: string, lineCounter?: LineCounter): readonly Document.Parsed[] {
  const parsed = parseAllDocuments(text, {
    prettyErrors: false,
    version: "1.1",
    customTags: (tags) => [...tags.filter((tag) => !isText(tag)), octal],
    ...(lineCounter && { lineCounter }),
  });
  return Array.isArray(parsed) ? (parsed as readonly Document.Parsed[]) : [];
}

/**
 * A document as JSON has it. Throws an Error for one that stands for no such value: aliases that lead nowhere, around in a
 * circle or to too much, wrong merges, numbers that are not finite, keys that are no scalars.
 */
export function jsonOf(document: Document.Parsed): Json | undefined {
  visit(document, {
    Pair: (_, { key }) => {
      if (isCollection(key)) throw new Error("a key is a list or a map, and JSON has none but texts");
    },
  });
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "number" && !Number.isFinite(inner)) throw new Error(`JSON has no number ${String(inner)}`);
    return inner;
  }) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}

/** A value as a YAML document that {@link parseYaml} and kubectl read as that value: the text `yes` is quoted. */
export function yamlText(value: unknown, { sorted = false }: { readonly sorted?: boolean } = {}): string {
  return stringify(value, {
    version: "1.1",
    customTags: (tags) => [...tags, octal],
    aliasDuplicateObjects: false,
    lineWidth: 0,
    sortMapEntries: sorted,
  });
}
