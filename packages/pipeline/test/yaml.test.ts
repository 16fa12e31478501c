import { jsonOf, parseYaml, readOperators, yamlText } from "@headgate/pipeline";
import { expect, test } from "vitest";

function read(text: string): unknown {
  const [document] = parseYaml(text);
  if (document === undefined) throw new Error("no document");
  expect(document.errors).toEqual([]);
  return jsonOf(document);
}

/** What `kubectl annotate --local -o json` makes of each. */
const scalars: readonly (readonly [string, unknown])[] = [
  ["yes", true],
  ["n", false],
  ["On", true],
  ["OFF", false],
  ["yEs", "yEs"],
  ["0777", 511],
  ["-0777", -511],
  ["0o777", 511],
  ["0x1F", 31],
  ["0b11", 3],
  ["1_000", 1000],
  ["_1", "_1"],
  [".5", 0.5],
  ["1e3", 1000],
  ["~", null],
  ["22:22", "22:22"],
  ["1:30.5", "1:30.5"],
  ["2026-01-31", "2026-01-31"],
  ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"],
  ["=", "="],
];

test.each(scalars)("%s is read as kubectl reads it", (text, value) => {
  expect(read(`a: ${text}`)).toEqual({ a: value });
});

test("keys too: n is false", () => {
  expect(read("n: 1")).toEqual({ false: 1 });
});

test("what is no JSON is refused", () => {
  expect(() => read("a: .inf")).toThrow("JSON has no number Infinity");
  expect(() => read("a: &x [*x]")).toThrow();
  expect(() => read("? [a]\n: 1")).toThrow("a key is a list or a map");
  expect(() => read("? *x\n: 1\nb: &x {}")).toThrow();
});

test("what is written is read as what it was", () => {
  const value = Object.fromEntries(scalars.map(([text], index) => [`k${String(index)}`, text]));
  expect(read(yamlText(value))).toEqual(value);
});

test("an operator's file is read so: an unquoted yes is no text, which a selector needs", () => {
  const text = (value: string): string => `
controllers:
  - name: a
    sources: [{ apiGroup: "", kind: ConfigMap, labelSelector: { matchLabels: { on: ${value} } } }]
    target: { kind: View }
`;
  expect(readOperators(text('"yes"')).controllers[0]?.sources[0]?.labelSelector).toEqual({
    matchLabels: { true: "yes" },
  });
  expect(readOperators(text("yes")).faulty[0]?.problems).toEqual([
    {
      code: "bad-selector",
      at: "controllers[0].sources[0].labelSelector.matchLabels.true",
      message: "a text expected, not true: quote it",
    },
  ]);
});
