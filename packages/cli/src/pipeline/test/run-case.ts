import { rename, writeFile } from "node:fs/promises";

import { sameValue } from "@headgate/delta";
import { isMap, isScalar, parseDocument } from "yaml";

import { UsageError } from "../../usage-error.ts";
import { yamlText } from "@headgate/pipeline";
import { stepsIn } from "../deltas.ts";
import { faultLine } from "../fault-lines.ts";
import { objectsIn } from "../objects.ts";
import { operatorsIn, soundControllers } from "../operator-file.ts";
import { tell } from "../story.ts";
import { readCase } from "./case-file.ts";
import type { CaseFile } from "./case-file.ts";
import { diff } from "./diff.ts";

/** How a test ended. */
export interface Outcome {
  readonly file: string;
  readonly result: "passed" | "failed" | "updated";
  /** What is wrong, a line each: a difference (`-` expected, `+` found), or why the test cannot be run. */
  readonly lines: readonly string[];
}

/** Runs a test; with `update` it writes what comes out into the test instead of complaining. */
export async function runCase(file: string, { update }: { readonly update: boolean }): Promise<Outcome> {
  try {
    const one = await readCase(file);
    const found = outputOf(one);
    if (sameValue(one.expected ?? {}, found)) return { file, result: "passed", lines: [] };
    if (update) {
      await writeExpected(one, found);
      return { file, result: "updated", lines: [] };
    }
    return {
      file,
      result: "failed",
      lines: diff(yamlText(one.expected ?? {}, { sorted: true }), yamlText(found, { sorted: true })),
    };
  } catch (error) {
    if (error instanceof UsageError) return { file, result: "failed", lines: error.message.split("\n") };
    throw error;
  }
}

/** What comes out: deltas, and what happened to objects that were left out. */
function outputOf({ operator, input, deltas: given, now, views }: CaseFile): Readonly<Record<string, unknown>> {
  const controllers = soundControllers(operatorsIn(operator));
  const { objects, faults } = objectsIn(input);
  const { steps, faults: stepFaults } = stepsIn(given);
  const wrong = [...faults, ...stepFaults];
  if (wrong.length > 0) throw new UsageError(wrong.join("\n"));
  const told = tell({ controllers, objects, steps, now });
  const hidden = new Set(controllers.filter(({ target }) => target.resource.view && !views).map(({ id }) => id));
  const deltas = told.deltas.filter(({ controller }) => !hidden.has(controller));
  const leftOut = told.faults.map((fault) =>
    faultLine(told.pipelines, fault, { objects: new Map(), inController: (_controller, at) => at }),
  );
  return {
    ...(deltas.length === 0 ? {} : { deltas }),
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
}

/** Puts what was found where `expected` is; every other character of the test stays. A file is replaced as a whole or not at all. */
async function writeExpected({ file, text, expectedFile }: CaseFile, found: unknown): Promise<void> {
  if (expectedFile !== undefined) {
    await replaceFile(expectedFile, yamlText(found));
    return;
  }
  const { contents } = parseDocument(text, { version: "1.1" });
  const pair = isMap(contents)
    ? contents.items.find(({ key }) => isScalar(key) && key.value === "expected")
    : undefined;
  const block = yamlText({ expected: found });
  const key = isScalar(pair?.key) ? pair.key.range : undefined;
  const value = (pair?.value as { readonly range?: readonly number[] | null } | null | undefined)?.range;
  const start = key?.[0];
  const end = value?.[1] ?? key?.[2];
  if (start === undefined || end === undefined)
    await replaceFile(file, `${text}${text.endsWith("\n") ? "" : "\n"}${block}`);
  else {
    const rest = text.slice(end);
    await replaceFile(file, `${text.slice(0, start)}${block}${rest.startsWith("\n") ? rest.slice(1) : rest}`);
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, text);
  await rename(next, file);
}
