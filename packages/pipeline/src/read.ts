import type { Json } from "@headgate/api";
import { isMap } from "yaml";
import type { Document } from "yaml";

import type { Problem } from "./problem.ts";
import { parseOperator } from "./spec/controller.ts";
import type { ParsedOperator } from "./spec/controller.ts";
import { field, isDoc } from "./value.ts";
import { jsonOf, parseYaml } from "./yaml.ts";

/** What a file says, operator by operator. */
export interface OperatorFile extends ParsedOperator {
  /** Faults of the YAML itself. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a YAML file of operators, as kubectl reads YAML: `Operator` objects, or a bare spec (`controllers: […]`), which is then an operator of the
 * name `operator`. Other objects in the file are passed over.
 */
export function readOperators(text: string, operator = "operator"): OperatorFile {
  const problems: Problem[] = [];
  const parsed: ParsedOperator[] = [];
  for (const document of parseYaml(text)) {
    for (const { message } of document.errors) problems.push({ code: "parse", at: "", message });
    if (document.errors.length > 0 || !isMap(document.contents)) continue;
    const value = plain(document, problems);
    if (!isDoc(value)) continue;
    const metadata = field(value, "metadata");
    const name = isDoc(metadata) ? field(metadata, "name") : undefined;
    if (field(value, "controllers") !== undefined) parsed.push(parseOperator(operator, value, ""));
    else if (field(value, "kind") === "Operator")
      parsed.push(parseOperator(typeof name === "string" ? name : operator, field(value, "spec") ?? null, "spec"));
  }
  return {
    problems,
    controllers: parsed.flatMap(({ controllers }) => controllers),
    faulty: parsed.flatMap(({ faulty }) => faulty),
  };
}

/** The document as a value. One that stands for none is a fault. */
function plain(document: Document.Parsed, problems: Problem[]): Json | undefined {
  try {
    return jsonOf(document);
  } catch (cause) {
    problems.push({ code: "parse", at: "", message: cause instanceof Error ? cause.message : String(cause) });
    return undefined;
  }
}
