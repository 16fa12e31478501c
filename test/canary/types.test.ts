import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryFiles } from "../../tools/docs/files.ts";
import { runProgram } from "../../tools/gates/program.ts";
import { typeErrors, typeProjects } from "../../tools/gates/types.ts";
import { pureRooms } from "../../tools/layers/rooms.ts";
import { root } from "../../tools/root.ts";
import { plant } from "./fixture.ts";

/** The compiler's complaints about files that are compiled with the options of one of our projects. */
async function complaints(project: string, files: Readonly<Record<string, string>>): Promise<string> {
  using planted = plant({
    ...files,
    "package.json": '{ "type": "module" }',
    "tsconfig.json": JSON.stringify({
      extends: join(root, project),
      compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
      include: ["*.ts"],
    }),
  });
  return (await typeErrors(join(planted.folder, "tsconfig.json"))).join("\n");
}

/** What a pure package can't even name: the compiler knows no such thing there. */
const effects = {
  process: "export const home = process.env;",
  setTimeout: "setTimeout(() => {}, 1);",
  fetch: "void fetch('http://127.0.0.1');",
  console: "console.log(1);",
  performance: "export const now = performance.now();",
  Buffer: "export const bytes = Buffer.from('');",
  "node:fs": 'import { readFileSync } from "node:fs"; export { readFileSync };',
};

describe.each(pureRooms)("packages/%s", (room) => {
  const project = `packages/${room}/tsconfig.json`;

  test("compiles plain values", async () => {
    expect(await complaints(project, { "sum.ts": "export const sum = [1, 2].reduce((a, b) => a + b, 0);\n" })).toBe("");
  });

  test("rejects each effect by name", async () => {
    const found = await complaints(project, { "effects.ts": Object.values(effects).join("\n") });
    for (const name of Object.keys(effects)) expect(found).toMatch(new RegExp(`Cannot find (name|module) '${name}'`));
  });
});

/** Each compiler option that earns its keep, with a line that it rejects and the number of the complaint. */
const strictness = {
  strict: ["export const one: number = null;", "TS2322"],
  noUncheckedIndexedAccess: ["declare const list: string[]; export const first: string = list[0];", "TS2322"],
  exactOptionalPropertyTypes: ["export const a: { b?: string } = { b: undefined };", "TS2375"],
  noPropertyAccessFromIndexSignature: ["declare const map: Record<string, string>; export const a = map.a;", "TS4111"],
  noFallthroughCasesInSwitch: ["export function f(n: number) { switch (n) { case 1: f(2); case 2: f(3); } }", "TS7029"],
  noImplicitReturns: ["export function f(n: number) { if (n > 1) return 1; }", "TS7030"],
  noUnusedLocals: ["const unused = 1; export {};", "TS6133"],
  erasableSyntaxOnly: ["export enum Colour { Red }", "TS1294"],
  verbatimModuleSyntax: ['import { PathLike } from "node:fs"; export type P = PathLike;', "TS1484"],
  importSuffix: ['import "./other";', "TS2834"],
} as const;

test.each(["tsconfig.json", "tsconfig.test.json"])("%s rejects what each option is there for", async (project) => {
  const files = Object.entries(strictness).map(([option, [text]]) => [`${option}.ts`, text] as const);
  const found = await complaints(project, Object.fromEntries(files));
  for (const [option, [, code]] of Object.entries(strictness))
    expect(found).toMatch(new RegExp(`${option}\\.ts\\(.*error ${code}`));
});

test("a project that is missing fails the gate", async () => {
  expect(await typeErrors(join(root, "packages/nowhere/tsconfig.json"))).toHaveLength(1);
});

test("the gate checks each pure package by itself, besides all sources and all tests", () => {
  expect(typeProjects).toEqual([
    "tsconfig.json",
    "tsconfig.test.json",
    ...pureRooms.map((room) => `packages/${room}/tsconfig.json`),
  ]);
});

test("every TypeScript file of the repository is in a project", async () => {
  const listed = await Promise.all(
    ["tsconfig.json", "tsconfig.test.json"].map(async (project) => {
      const args = ["-p", project, "--listFilesOnly"];
      return (await runProgram("typescript-7/bin/tsc", args)).output.split("\n").map((file) => relative(root, file));
    }),
  );
  const files = repositoryFiles(root, "*.ts");
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => !listed.flat().includes(file))).toEqual([]);
});
