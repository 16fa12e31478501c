import { expect, test } from "vitest";
import { page } from "../../src/local/page.ts";

const heading = { facts: ["Headgate", "  gateway http://127.0.0.1:8080"], tryOut: ["Try", "  curl x", "  curl y"] };
const status = (pods: number, warnings: number): Parameters<typeof page>[1] => ({
  summary: "some pods routed",
  pods: ["POD", ...Array.from({ length: pods }, (_, index) => `pod-${String(index)}`)],
  warnings: Array.from({ length: warnings }, (_, index) => `  warning ${String(index)}`),
});

test("all of it is shown where there is room", () => {
  expect(page(heading, status(1, 1), { rows: 40, columns: 80 })).toEqual([
    ...heading.facts,
    "",
    ...heading.tryOut,
    "",
    "some pods routed",
    "",
    "POD",
    "pod-0",
    "",
    "Warnings",
    "  warning 0",
    "",
    "Ctrl-C stops everything.",
  ]);
});

test("as much of what to try is shown as there is room for", () => {
  const longer = { ...heading, tryOut: ["Try", ...Array.from({ length: 9 }, (_, index) => `  curl ${String(index)}`)] };
  const shown = (rows: number): readonly string[] => page(longer, status(1, 0), { rows, columns: 80 }).slice(2, -7);
  expect(shown(20)).toEqual(["", ...longer.tryOut]);
  expect(shown(15)).toEqual(["", "Try", "  curl 0", "  curl 1", "  curl 2", "  … and 6 more"]);
  expect(shown(13)).toEqual(["", "Try", "  curl 0", "  … and 8 more"]);
  expect(shown(12)).toEqual([]);
});

test("what is wrong stays in sight however many pods there are, and what was left out is counted", () => {
  expect(page(heading, status(100, 1), { rows: 15, columns: 80 })).toEqual([
    ...heading.facts,
    "",
    "some pods routed",
    "",
    "POD",
    "pod-0",
    "pod-1",
    "pod-2",
    "  … and 97 more",
    "",
    "Warnings",
    "  warning 0",
    "",
    "Ctrl-C stops everything.",
  ]);
  const both = page(heading, status(100, 100), { rows: 20, columns: 80 });
  expect(both).toHaveLength(20);
  expect(both.filter((line) => line.startsWith("pod-"))).toHaveLength(4);
  expect(both.filter((line) => line.startsWith("  warning"))).toHaveLength(4);
});

test("a long line goes on in the next one, to its end", () => {
  const warnings = [
    '  Pod default/a: UnknownAnnotation: annotation "envoy-router/prt" is not known; did you mean port?',
  ];
  const lines = page(heading, { ...status(0, 0), warnings }, { rows: 40, columns: 40 });
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(40);
  expect(lines.join(" ").replace(/ +/g, " ")).toContain("is not known; did you mean port?");
});

test("no terminal is too small for it", () => {
  for (let rows = 1; rows < 30; rows += 1) {
    for (let columns = 1; columns < 60; columns += 7) {
      const lines = page(heading, status(9, 3), { rows, columns });
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(lines.every(({ length }) => length <= columns)).toBe(true);
    }
  }
});
