import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments, stringify } from "yaml";

/** True when cases are to be rewritten from what the code does now (`npm run golden`). */
export function rewriting(): boolean {
  return process.env["GOLDEN"] === "write";
}

/** A folder as a path that ends in a slash. Made when it does not exist and cases are being rewritten. */
export function folderOf(dir: string | URL): string {
  const path = dir instanceof URL ? fileURLToPath(dir) : dir;
  if (!existsSync(path) && rewriting()) mkdirSync(path, { recursive: true });
  return path.endsWith("/") ? path : `${path}/`;
}

/** The names of the files that end so, without the ending, in order. */
export function casesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

/** The text of a case file. Throws when it does not open with a sentence for the reader, or is no YAML. */
export function readCase(path: string): { readonly text: string; readonly documents: readonly unknown[] } {
  const text = readFileSync(path, "utf8");
  if (!/^# .*\S/.test(text)) throw new Error(`${path}: the first line must be a comment that says what the case shows`);
  const parsed = parseAllDocuments(text);
  const documents = Array.isArray(parsed) ? parsed : [];
  for (const { errors } of documents) for (const error of errors) throw new Error(`${path}: ${error.message}`);
  return { text, documents: documents.map((document) => document.toJS() as unknown).filter((value) => value !== null) };
}

/** YAML that is the same for the same value: sorted keys, no aliases, no folded lines. */
export function stableYaml(value: unknown): string {
  return stringify(plain(value), { sortMapEntries: true, aliasDuplicateObjects: false, lineWidth: 0 });
}

/** What a file can hold of a value: fields that are undefined are no fields. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, plain(field)]),
  );
}
