import { rmSync, symlinkSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatComplaints } from "../../tools/gates/format.ts";
import { closingLine, singleCheck } from "../../tools/gates/gate.ts";
import { checkGo, goObstacle } from "../../tools/gates/go.ts";
import { staleFiles } from "../../tools/gates/golden.ts";
import { runTests } from "../../tools/gates/tests.ts";
import { root } from "../../tools/root.ts";
import { plant } from "./fixture.ts";

describe("format", () => {
  test("accepts a tidy file and names an untidy or unreadable one", async () => {
    using tidy = plant({ "tidy.ts": "export const one = 1;\n" });
    expect(await formatComplaints(tidy.folder)).toEqual([]);
    using untidy = plant({ "untidy.ts": "export const one=1\n", "tidy.ts": "export const one = 1;\n" });
    expect((await formatComplaints(untidy.folder)).join()).toMatch(/untidy\.ts/);
    using broken = plant({ "broken.ts": "export const = ;\n" });
    expect((await formatComplaints(broken.folder)).join()).toMatch(/broken\.ts.*SyntaxError/s);
  });
});

describe("golden", () => {
  const file = "packages/x/testdata/case.out.yaml";
  test("is content with a generator that writes what is there", async () => {
    using planted = plant({ [file]: "was: true\n" });
    const write = (): Promise<void> => {
      writeFileSync(join(planted.folder, file), "was: true\n");
      return Promise.resolve();
    };
    expect(await staleFiles(planted.folder, write)).toEqual([]);
  });

  test("names files that are outdated, missing or left over, and leaves the tree as it was", async () => {
    const [missing, orphan] = ["packages/x/testdata/new.out.yaml", "packages/x/testdata/orphan.out.yaml"];
    using planted = plant({ [file]: "was: true\n", [orphan]: "old: true\n" });
    const at = (path: string): string => join(planted.folder, path);
    const write = (): Promise<void> => {
      writeFileSync(at(file), "was: false\n");
      writeFileSync(at(missing), "new: true\n");
      rmSync(at(orphan));
      return Promise.resolve();
    };
    expect(await staleFiles(planted.folder, write)).toEqual([file, missing, orphan]);
    expect(readFileSync(at(file), "utf8")).toBe("was: true\n");
    expect(readFileSync(at(orphan), "utf8")).toBe("old: true\n");
    expect(() => readFileSync(at(missing))).toThrow();
  });
});

describe("tests", () => {
  const vitest = 'import { expect, test } from "vitest";\n';
  const run = async (files: Record<string, string>, env: Record<string, string> = {}): ReturnType<typeof runTests> => {
    using planted = plant({ ...files, "package.json": '{ "type": "module" }' });
    symlinkSync(join(root, "node_modules"), join(planted.folder, "node_modules"));
    return await runTests({ folder: planted.folder, env });
  };

  test("counts what passed, failed and was skipped, and a file that can't be loaded as a failure", async () => {
    const verdict = await run({
      "good.test.ts": `${vitest}test("good", () => { expect(1).toBe(1); });\ntest.skip("later", () => {});`,
      "bad.test.ts": `${vitest}test("bad", () => { expect(1).toBe(2); });`,
      "unloadable.test.ts": 'import "./nowhere.ts";',
    });
    expect(verdict).toMatchObject({ passed: 1, failed: 2, skipped: 1 });
  });

  test("a seed from the environment holds for a property that knows nothing of it", async () => {
    const drawn = "fc.sample(fc.nat(), { numRuns: 9 })";
    const text = `${vitest}import fc from "fast-check";\ntest("drawn", () => { expect(${drawn}).toEqual(${drawn.replace("numRuns", "seed: 7, numRuns")}); });`;
    const files = {
      "drawn.test.ts": text,
      "vitest.config.ts": `export default { test: { setupFiles: [${JSON.stringify(join(root, "tools/replay.ts"))}] } };`,
    };
    expect(await run(files, { HEADGATE_SEED: "7" })).toMatchObject({ passed: 1, failed: 0 });
    expect(await run(files, { HEADGATE_SEED: "8" })).toMatchObject({ passed: 0, failed: 1 });
  });

  test("a rig that ends before it has run anything is a failure, whatever its exit status", async () => {
    for (const status of [0, 3]) {
      using planted = plant({ "rig.ts": `process.exit(${String(status)});` });
      const runner = { file: join(planted.folder, "rig.ts"), nodeArgs: [], args: [] };
      expect(await runTests({ folder: planted.folder, runner })).toMatchObject({ passed: 0, failed: 1 });
    }
  });

  test("a run without any test fails", async () => {
    expect(await run({ "readme.txt": "" })).toMatchObject({ passed: 0, failed: 1 });
  });

  test("an error that no test is waiting for fails the run", async () => {
    const text = `${vitest}test("good", () => { queueMicrotask(() => { throw new Error("late"); }); expect(1).toBe(1); });`;
    expect((await run({ "late.test.ts": text })).failed).toBe(1);
  });
});

describe("go", () => {
  const check = async (files: Readonly<Record<string, string>>): ReturnType<typeof checkGo> => {
    using planted = plant({ ...files, "go.mod": "module canary\n\ngo 1.22\n" });
    return await checkGo({ folders: [planted.folder], required: true });
  };
  const tests = (body: string): string => `package canary\n\nimport "testing"\n\n${body}\n`;

  test("counts what passed, failed and was skipped, and names what vet, gofmt and the race detector find", async (context) => {
    const obstacle = goObstacle();
    if (obstacle !== undefined) context.skip(obstacle);
    const verdict = await check({
      "untidy.go": 'package canary\nimport "fmt"\nfunc said()  { fmt.Printf("%d", "a") }\n',
      "canary_test.go": tests(
        [
          'func TestGood(t *testing.T) { t.Run("part", func(t *testing.T) {}) }',
          "func TestBad(t *testing.T) { t.Error() }",
          'func TestLater(t *testing.T) { t.Skip("later") }',
          "func TestRace(t *testing.T) {\n\tn, done := 0, make(chan bool)\n\tgo func() { n++; close(done) }()\n\tn++\n\t<-done\n}",
        ].join("\n"),
      ),
    });
    expect(verdict).toMatchObject({ passed: 2, failed: 4, skipped: 1 });
    for (const found of ["Printf format %d", "gofmt would change canary_test.go, untidy.go", "TestBad", "DATA RACE"])
      expect(verdict.details).toContain(found);
  });

  test("code that can't be built, and a module without any test, are failures", async (context) => {
    const obstacle = goObstacle();
    if (obstacle !== undefined) context.skip(obstacle);
    const unbuilt = await check({ "canary_test.go": tests("func TestGood(t *testing.T) { nowhere() }") });
    expect(unbuilt).toMatchObject({ passed: 1, failed: 2 });
    expect(unbuilt.details).toContain("undefined: nowhere");
    expect(await check({ "canary.go": "package canary\n" })).toMatchObject({ passed: 2, failed: 1 });
  });

  test("without Go a module is skipped, and says why, or fails where Go is required", async () => {
    const without = { folders: ["sdk/go"], obstacle: "Go is not on the PATH" };
    const details = "Go is not on the PATH, so the tests of sdk/go were not run";
    expect(await checkGo({ ...without, required: false })).toEqual({ passed: 0, failed: 0, skipped: 1, details });
    expect(await checkGo({ ...without, required: true })).toEqual({ passed: 0, failed: 1, skipped: 0, details });
  });
});

test("the closing line adds up all gates", () => {
  const tests = { passed: 40, failed: 0, skipped: 0, details: "" };
  expect(closingLine([singleCheck([]), tests])).toBe("41 passed, 0 failed");
  expect(closingLine([singleCheck(["a", "b"]), { ...tests, skipped: 2 }])).toBe("40 passed, 1 failed, 2 skipped");
});
