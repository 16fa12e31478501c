import { groupOf, operatorApiVersion } from "@headgate/api";
import type { Json } from "@headgate/api";
import { parseOperator } from "@headgate/pipeline";
import type { Controller, Faulty } from "@headgate/pipeline";

import { parseFieldPath, problemLine, readTexts } from "../render/index.ts";
import { UsageError } from "../usage-error.ts";
import { yamlSource } from "../yaml-documents.ts";
import type { YamlSource } from "../yaml-documents.ts";

/** An operator as it is written. */
export interface WrittenOperator {
  readonly name: string;
  readonly file: string;
  /** The place of its spec in the document: `spec`, `items[0].spec` in a List, "" of a bare spec. */
  readonly at: string;
  readonly spec: Json;
  readonly controllers: readonly Controller[];
  readonly faulty: readonly Faulty[];
  /** `file:line:column` of a place such as `spec.controllers[1].pipeline[0].@join`, or of what there is of its way there. */
  readonly placeOf: (at: string) => string;
}

/** The operators of some files. */
export interface Operators {
  readonly list: readonly WrittenOperator[];
  /** What cannot be read as an operator at all, a line each. */
  readonly unread: readonly string[];
}

/** The name of an operator that is written as a bare spec. */
export const bareName = "operator";

/**
 * Finds the operators in documents: `Operator` objects, and bare specs (`controllers: […]`), which get the name `bare`. Other
 * objects are passed over.
 */
export function operatorsIn(sources: readonly YamlSource[], bare: string = bareName): Operators {
  const list: WrittenOperator[] = [];
  const unread: string[] = [];
  for (const { file, documents } of sources) {
    const before = list.length + unread.length;
    for (const document of documents) {
      if ("fault" in document) {
        unread.push(`${file}:${document.line}:${document.column}: ${document.fault}`);
        continue;
      }
      const value = document.json as Json;
      const placeOf = (at: string): string => {
        const { line, column } = document.placeOf(parseFieldPath(at));
        return `${file}:${line}:${column}`;
      };
      for (const { name, at, spec } of writtenIn(value, bare)) {
        const twin = list.find((other) => other.name === name);
        if (twin !== undefined) {
          const where = at.endsWith("spec") ? at.replace(/spec$/, "metadata.name") : "controllers";
          unread.push(`${placeOf(where)}: ${where}: an operator ${name} is also at ${twin.placeOf(twin.at)}`);
        } else list.push({ name, file, at, spec, placeOf, ...parseOperator(name, spec, at) });
      }
    }
    if (list.length + unread.length === before)
      unread.push(`${file}: there is no Operator (${operatorApiVersion}) in it, and no list of controllers`);
  }
  return { list, unread };
}

/** Reads files, folders and `-`, standard input. Throws a UsageError for what cannot be read; faults of controllers are left to the caller. */
export async function readOperatorFiles(sources: readonly string[], bare?: string): Promise<Operators> {
  const { texts, problems } = await readTexts(sources);
  if (problems.length > 0) throw new UsageError(problems.map(problemLine).join("\n"));
  return operatorsIn(texts.map(yamlSource), bare);
}

/** The controllers of operators without a fault. Throws a UsageError that names every fault with its place. */
export function soundControllers({ list, unread }: Operators): readonly Controller[] {
  const faults = [...unread, ...list.flatMap(faultLines)];
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  return list.flatMap(({ controllers }) => controllers);
}

/** A line for each fault of an operator's controllers: `file:line:column: path: message (code)`. */
export function faultLines({ faulty, placeOf }: WrittenOperator): readonly string[] {
  return faulty.flatMap(({ problems }) =>
    problems.map(({ at, code, message }) => `${placeOf(at)}: ${at}: ${message} (${code})`),
  );
}

/** `file:line:column: path` of a place in a controller. */
export function placeIn({ list }: Operators, controller: string, at: string): string {
  const operator = list.find(({ controllers }) => controllers.some(({ id }) => id === controller));
  return operator === undefined ? at : `${operator.placeOf(at)}: ${at}`;
}

type Found = Pick<WrittenOperator, "name" | "at" | "spec">;

function writtenIn(value: Json, bare: string, at = ""): readonly Found[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const { apiVersion, kind, metadata, spec, items, controllers } = value as Readonly<Record<string, Json>>;
  if (kind === undefined) return controllers === undefined ? [] : [{ name: bare, at, spec: value }];
  if (kind === "Operator" && typeof apiVersion === "string" && groupOf(apiVersion) === groupOf(operatorApiVersion)) {
    const { name } = (metadata ?? {}) as { readonly name?: Json };
    const place = at === "" ? "spec" : `${at}.spec`;
    return [{ name: typeof name === "string" && name !== "" ? name : bare, at: place, spec: spec ?? null }];
  }
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [];
  return (items as readonly Json[]).flatMap((item, index) => writtenIn(item, bare, `items[${index}]`));
}
