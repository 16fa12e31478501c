import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

import { listed } from "./deviations.ts";
import { judgeAll } from "./judge.ts";
import { readVectors } from "./vector.ts";
import type { PipelineVector, Vector } from "./vector.ts";

const corpus = readFileSync(new URL("testdata/vectors.jsonl", import.meta.url), "utf8");
const vectors = readVectors(corpus);

function vector(id: string): Vector {
  const found = vectors.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no vector ${id}`);
  return found;
}

test("every recorded answer is ours, or differs from ours by the rule that is listed for it", () => {
  const { lines, passed, failed, deviating } = judgeAll(vectors);
  expect(lines.filter((line) => line.startsWith("FAILED"))).toEqual([]);
  expect([passed, failed]).toEqual([vectors.length, 0]);
  expect(passed).toBeGreaterThan(200);
  expect(deviating).toEqual(listed);
});

test("another answer than the recorded one fails", () => {
  const changed: Vector[] = [
    { ...vector("e271"), out: { v: "066s1b" } } as Vector,
    { ...(vector("p343") as PipelineVector), out: [[], []] },
    { ...vector("e35"), err: "type" },
  ];
  expect(judgeAll(changed).failed).toBe(3);
});

test.each([
  // Both quirks are needed to answer as the original did.
  ["null-literal + list-collapse", [[null, 1], 2], {}, { v: [false, 1] }],
  ["none + null-literal", [{ "@none": [true, []] }, null], {}, { v: [false, false] }],
  ["data-is-data + list-collapse", [[{ x: "$.f" }], 2], { f: "$.g", g: 7 }, { v: [{ x: 7 }] }],
  ["none + null-literal + list-collapse", [[{ "@none": [true, []] }, null], 2], {}, { v: [false, false] }],
] as const)("a vector that combines intended differences passes by all of them: %s", (rule, expr, obj, out) => {
  const combined = { id: "x", kind: "expr", group: "", stable: true, in: { expr, obj }, out } as unknown as Vector;
  expect(judgeAll([combined], {})).toMatchObject({ passed: 1, failed: 0, deviating: { x: rule } });
  const wrong = { ...combined, out: { v: "something else" } } as Vector;
  expect(judgeAll([wrong], {})).toMatchObject({ passed: 0, failed: 1 });
});

test("a vector that cannot be played fails, and the others are judged; an object of no source is none", () => {
  const { in: given, ...rest } = vector("p343") as PipelineVector;
  const [delta] = given.deltas;
  const nameless = {
    ...rest,
    in: { ...given, deltas: [{ ...delta, object: { kind: given.sources[0] } }] },
  } as unknown as Vector;
  expect(judgeAll([nameless, vector("e35")], {})).toMatchObject({ passed: 1, failed: 1 });
  const strange = { type: "Added", object: { kind: "Strange", metadata: { name: "x" } } };
  const other = { ...rest, in: { ...given, deltas: [strange] }, out: [{ err: "input-mismatch" }] } as unknown as Vector;
  expect(judgeAll([other], {})).toMatchObject({ passed: 1, failed: 0 });
});

test("a vector that is listed as deviating and agrees fails", () => {
  expect(judgeAll([vector("e35")], { e35: "none" })).toMatchObject({ passed: 0, failed: 1 });
  expect(judgeAll([vector("e9")], { e9: "none" })).toMatchObject({ passed: 0, failed: 1 });
});

test("the command says how many passed and failed, and its exit status too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-vectors-"));
  const run = async (text: string): Promise<{ readonly code: number; readonly last: string | undefined }> => {
    const file = join(folder, "vectors.jsonl");
    writeFileSync(file, text);
    const main = new URL("main.ts", import.meta.url).pathname;
    const command = promisify(execFile)(process.execPath, ["--conditions=@headgate/source", main, file]);
    const { code, stdout } = await command.then(
      ({ stdout }) => ({ code: 0, stdout }),
      (failure: unknown) => failure as { readonly code: number; readonly stdout: string },
    );
    return { code, last: stdout.trimEnd().split("\n").at(-1) };
  };
  try {
    expect(await run(corpus)).toEqual({ code: 0, last: `${vectors.length} passed, 0 failed` });
    const wrong = JSON.stringify({ ...vector("e35"), out: { v: 13 } });
    expect(await run(`${wrong}\n`)).toEqual({ code: 1, last: "0 passed, 1 failed" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
