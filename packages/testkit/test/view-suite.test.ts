import { antiJoin, defineView, groupBy, map, window } from "@headgate/delta";
import { viewLaws, viewSuite } from "@headgate/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

interface Call {
  readonly id: string;
  readonly at: number;
}

const lately = defineView<{ calls: Call; blocked: string }, { count: number; open: Call }>({
  name: "lately",
  doc: "How often each id was called lately, and the calls of ids that are not blocked.",
  inputs: ["calls", "blocked"],
  build: ({ calls, blocked }) => ({
    count: groupBy(window(calls, { name: "recent", at: ({ at }) => at, span: 50 }), {
      name: "count",
      by: ({ id }) => id[0],
      reduce: (rows) => rows.length,
    }),
    open: antiJoin(calls, blocked, { name: "open", leftKey: ({ id }) => id, rightKey: (row) => row }),
  }),
});

const id = fc.constantFrom("a1", "a2", "b1", "b2");
viewSuite(lately, {
  inputs: {
    calls: { row: fc.record({ id, at: fc.nat(200) }), key: (call) => call.id },
    blocked: { row: id, key: (row) => row },
  },
  pause: 40,
});

describe("a view that breaks its contract is found out", () => {
  const lawsOf = (row: (text: string) => string): Readonly<Record<string, () => void>> =>
    viewLaws(
      defineView<{ texts: string }, { out: string }>({
        name: "broken",
        doc: "Not what a view should be.",
        inputs: ["texts"],
        build: ({ texts }) => ({ out: map(texts, { name: "out", row }) }),
      }),
      { inputs: { texts: { row: id, key: (text) => text } } },
    );
  const failing = (laws: Readonly<Record<string, () => void>>): string[] =>
    Object.entries(laws).flatMap(([law, check]) => {
      try {
        check();
        return [];
      } catch {
        return [law.split(" ")[0] ?? law];
      }
    });

  test("one that remembers what it saw", () => {
    let seen = 0;
    expect(failing(lawsOf((text) => `${text} ${String(seen++)}`))).toEqual(["incremental", "order"]);
  });
  test("one that throws", () => {
    const strict = (text: string): string => {
      if (text === "b2") throw new Error("unforeseen");
      return text;
    };
    expect(failing(lawsOf(strict))).toEqual(["incremental", "order"]);
  });
  test("and a good one is not", () => {
    expect(failing(lawsOf((text) => text))).toEqual([]);
  });
});
