import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ESLint } from "eslint";
import { beforeAll, describe, expect, test } from "vitest";
import { root } from "../../tools/root.ts";

/**
 * Text is linted under the name of a file that exists, because typed rules need a file that a project includes.
 * Without the override the parser would read that file's own text in CI.
 */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } },
});
const pure = "packages/api/src/index.ts";
const impure = "packages/kube/src/index.ts";
const suite = "test/canary/fixture.ts";

async function broken(text: string, file: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

// Building the typed programs takes the time of the whole gate; each case after that takes milliseconds.
beforeAll(async () => {
  await broken("export {};", pure);
  await broken("export {};", suite);
}, 480_000);

const everywhere: Record<string, string> = {
  "@typescript-eslint/no-floating-promises": "async function f(): Promise<void> { await Promise.resolve(); }\nf();",
  "@typescript-eslint/no-misused-promises": "[1].forEach(async () => { await Promise.resolve(); });",
  "@typescript-eslint/no-explicit-any": "export const x: any = 1;",
  "@typescript-eslint/no-unsafe-assignment": 'export const x: string = JSON.parse("1");',
  "@typescript-eslint/only-throw-error": 'throw "text";',
  "@typescript-eslint/no-unnecessary-condition": "export const f = (a: string): string => a ?? '';",
  "@typescript-eslint/switch-exhaustiveness-check":
    "export function f(a: 'x' | 'y'): void { switch (a) { case 'x': break; } }",
  "@typescript-eslint/consistent-type-imports": 'import { Plant } from "./fixture.ts";\nexport type P = Plant;',
  "@typescript-eslint/explicit-module-boundary-types": "export function f() { return 1; }",
  "no-restricted-exports": "export default 1;",
  "no-restricted-syntax": 'export * from "./object.ts";',
  "max-params": "export const f = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;",
  complexity: `export function f(n: number): number { ${Array.from({ length: 25 }, (_, i) => `if (n === ${String(i)}) return ${String(i)};`).join(" ")} return n; }`,
  "Unused eslint-disable directive (no problems were reported from 'no-console').":
    "// eslint-disable-next-line no-console\nexport const one = 1;",
};
const sourceOnly: Record<string, string> = {
  "max-lines": Array.from({ length: 401 }, (_, i) => `export const n${String(i)} = 1;`).join("\n"),
  "no-console": "console.log(1);",
  "@typescript-eslint/no-non-null-assertion": "export const f = (a: string[]): string => a[0]!;",
};
const kubeOnly: Record<string, string> = {
  "no-restricted-globals": "setTimeout(() => undefined, 1);",
  "no-restricted-properties": "export const at = Date.now();",
};
const pureOnly: Record<string, string> = {
  "no-restricted-globals": "export const at = new Date();",
  "no-restricted-properties": "export const chance = Math.random();",
};

describe.each([pure, impure])("in %s", (file) => {
  test.each(Object.entries({ ...everywhere, ...sourceOnly }))("%s is rejected", async (rule, text) => {
    expect(await broken(text, file)).toContain(rule);
  });
});

test("in tests, a wait without a limit of its own is rejected", async () => {
  const wait = (limit: string): string =>
    `import { vi } from "vitest";\nawait vi.waitFor(() => undefined${limit});\nawait vi.waitUntil(() => true${limit});`;
  const found = async (limit: string): Promise<number> =>
    (await broken(wait(limit), suite)).filter((rule) => rule === "no-restricted-syntax").length;
  expect([await found(""), await found(", 10_000")]).toEqual([2, 0]);
});

test.each(Object.entries(everywhere))("in tests, %s is rejected too", async (rule, text) => {
  expect(await broken(text, suite)).toContain(rule);
});

test.each(Object.entries(pureOnly))("where things are decided, %s is rejected, and only there", async (rule, text) => {
  expect(await broken(text, pure)).toContain(rule);
  expect(await broken(text, "packages/delta/src/index.ts")).toContain(rule);
  expect(await broken(text, "packages/views/src/index.ts")).toContain(rule);
  expect(await broken(text, "packages/pipeline/src/index.ts")).toContain(rule);
  expect(await broken(text, "packages/proxy/src/index.ts")).toEqual([]);
});

test.each(Object.entries(kubeOnly))(
  "in kube, whose clock is given, %s is rejected, but for the clock itself",
  async (rule, text) => {
    expect(await broken(text, impure)).toContain(rule);
    expect(await broken(text, "packages/kube/src/clock.ts")).toEqual([]);
  },
);

test("clean text passes, so a complaint above comes from the text", async () => {
  for (const file of [pure, impure, suite]) expect(await broken("export const one = 1;\n", file)).toEqual([]);
});

test("no TypeScript file escapes the gate", async () => {
  const files = execFileSync("git", ["ls-files", "*.ts"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const ignored = await Promise.all(files.map((file) => eslint.isPathIgnored(join(root, file))));
  expect(files.filter((_, index) => ignored[index])).toEqual([]);
  expect(files.length).toBeGreaterThan(20);
});
