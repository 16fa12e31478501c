/** Holds ARCHITECTURE.md to the tests: each law names its test, each test of a law is named, and every link leads somewhere. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const home = new URL("../", import.meta.url);
const text = readFileSync(new URL("ARCHITECTURE.md", home), "utf8");

/** `| L1 | what it says | [test](path) |` */
const rows = [...text.matchAll(/^\| (L\d+) \| (.+?) \| \[.+?\]\((\S+?)\) \|$/gm)].map(([, id, law, path]) => ({
  id: id!,
  law: law!,
  path: path!,
}));

/** The first level of describe blocks that bear a law's number, in all test files. */
function tested(): { id: string; law: string; path: string }[] {
  const files = readdirSync(fileURLToPath(new URL("test", home)), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => {
      const source = readFileSync(new URL(`test/${file}`, home), "utf8");
      return [...source.matchAll(/^describe\("(L\d+): (.+)", /gm)].map(([, id, law]) => ({
        id: id!,
        law: law!,
        path: `test/${file}`,
      }));
    });
}

const byNumber = <T extends { id: string }>(laws: T[]): T[] =>
  laws.toSorted((x, y) => Number(x.id.slice(1)) - Number(y.id.slice(1)));

test("the laws are numbered from 1 without a gap", () => {
  expect(rows.map(({ id }) => id)).toEqual(rows.map((_, i) => `L${i + 1}`));
  expect(rows.length).toBeGreaterThan(10);
});

test("each law is tested where it says, in its very words, and no test of a law is left out", () => {
  expect(byNumber(tested())).toEqual(rows);
});

test("every link leads to a file", () => {
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(rows.length);
  for (const link of links) expect(() => readFileSync(new URL(link, home)), link).not.toThrow();
});

test("every source file is in the reading order", () => {
  const files = readdirSync(fileURLToPath(new URL("src", home)), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".ts"))) expect(text).toContain(`(src/${file})`);
});
