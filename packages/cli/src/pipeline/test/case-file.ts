import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { quote } from "@headgate/api";

import { problemLine, readTexts } from "../../render/index.ts";
import type { FieldPath } from "../../render/index.ts";
import { UsageError } from "../../usage-error.ts";
import { yamlDocuments, yamlSource } from "../../yaml-documents.ts";
import type { YamlDocument, YamlSource } from "../../yaml-documents.ts";

/** A test of pipelines as it is written: each part in the file itself, or in files that it names. */
export interface CaseFile {
  readonly file: string;
  readonly text: string;
  readonly operator: readonly YamlSource[];
  readonly input: readonly YamlSource[];
  readonly deltas: readonly YamlSource[];
  readonly now: string;
  readonly views: boolean;
  /** What is to come out; undefined when nothing is written yet. */
  readonly expected: unknown;
  /** The file that `expected` names; undefined when it stands in the test itself. */
  readonly expectedFile: string | undefined;
}

const fields = ["operator", "input", "deltas", "now", "views", "expected"];
/** What `@now` is unless a test says otherwise. */
const defaultNow = "2026-01-01T00:00:00Z";

/** Reads a test. Throws a UsageError that names file, line and field of what is wrong. */
export async function readCase(file: string): Promise<CaseFile> {
  const text = await readFile(file, "utf8");
  const [document, ...others] = yamlDocuments(text);
  if (document === undefined || others.length > 0) throw new UsageError(`${file}: a test is one document`);
  if ("fault" in document) throw new UsageError(`${file}:${document.line}:${document.column}: ${document.fault}`);
  const fault = (path: FieldPath, message: string): never => {
    const { line, column } = document.placeOf(path);
    throw new UsageError(`${file}:${line}:${column}: ${path.join(".")}${path.length === 0 ? "" : " "}${message}`);
  };
  const { json } = document;
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return fault([], `is ${quote(json)}; it must be a test: ${fields.join(", ")}`);
  const value = json as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(value))
    if (!fields.includes(name)) fault([name], `is no field of a test: ${fields.join(", ")}`);
  const { now = defaultNow, views = true, expected } = value;
  if (typeof now !== "string" || Number.isNaN(Date.parse(now))) fault(["now"], `is ${quote(now)}; it must be a time`);
  if (typeof views !== "boolean") fault(["views"], `is ${quote(views)}; it must be true or false`);
  if (value["operator"] === undefined) fault([], "operator is missing: a file, or the spec itself");

  const folder = dirname(file);
  const part = (name: string): Promise<readonly YamlSource[]> => partOf(value[name], { file, folder, document, name });
  const expectedFile = typeof expected === "string" ? join(folder, expected) : undefined;
  return {
    file,
    text,
    operator: await part("operator"),
    input: await part("input"),
    deltas: await part("deltas"),
    now: now as string,
    views: views as boolean,
    expected: expectedFile === undefined ? expected : await expectedIn(expectedFile),
    expectedFile,
  };
}

/** A file that is not there yet expects nothing. */
async function expectedIn(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const [document] = yamlDocuments(text);
  if (document !== undefined && "fault" in document)
    throw new UsageError(`${file}:${document.line}:${document.column}: ${document.fault}`);
  return document?.json;
}

interface Around {
  readonly file: string;
  readonly folder: string;
  readonly document: YamlDocument;
  readonly name: string;
}

/** Names of files are replaced by what is in them; everything else is taken as it stands, with its place in the test. */
async function partOf(value: unknown, { file, folder, document, name }: Around): Promise<readonly YamlSource[]> {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const sources = await Promise.all(
    items.map(async (item, index): Promise<readonly YamlSource[]> => {
      const at: FieldPath = Array.isArray(value) ? [name, index] : [name];
      if (typeof item !== "string")
        return [{ file, documents: [{ json: item, placeOf: (path) => document.placeOf([...at, ...path]) }] }];
      const { texts, problems } = await readTexts([join(folder, item)]);
      const { line, column } = document.placeOf(at);
      if (problems.length > 0)
        throw new UsageError(problems.map((one) => `${file}:${line}:${column}: ${problemLine(one)}`).join("\n"));
      return texts.map(yamlSource);
    }),
  );
  return sources.flat();
}
