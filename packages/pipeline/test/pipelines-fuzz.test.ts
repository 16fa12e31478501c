import type { Json, KubeObject } from "@headgate/api";
import { compileExpression, DataFault, parseOperator, Pipelines, readOperators } from "@headgate/pipeline";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

import { shapes } from "../src/expression/operators.ts";

const around = { now: "2026-01-31T12:00:00Z", random: () => 0.5 };
const now = around.now;

/** Texts that look like paths, filters and names of operators, whole and broken. */
const path = fc
  .tuple(
    fc.constantFrom("$", "$$", "", "@"),
    fc.array(
      fc.constantFrom(
        ".a",
        ".b",
        "..",
        ".",
        "[0]",
        "[-1]",
        "[*]",
        "[1:2]",
        "[::0]",
        "['a']",
        '["a\\"',
        "[?(@.a==1)]",
        "[?(@ =~ /a/)]",
        "[?length(@) > $.b]",
        "[",
        "]",
        ".a-b",
        "é",
        "*",
        "[a]",
        "[?(!",
        " ",
      ),
      { maxLength: 4 },
    ),
  )
  .map(([root, parts]) => root + parts.join(""));
const text = fc.oneof(
  path,
  fc.constantFrom("a", "1", "2.5", "@now", "", "__proto__", "constructor", "x".repeat(40)),
  fc.string({ maxLength: 6 }),
);
const scalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, 1e300),
  fc.integer(),
);
const operator = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...Object.keys(shapes)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }).map((name) => `@${name}`) },
);

const { expression } = fc.letrec<{ expression: Json }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    { weight: 3, arbitrary: scalar },
    {
      weight: 4,
      arbitrary: fc
        .tuple(operator, fc.array(tie("expression"), { maxLength: 3 }))
        .map(([name, list]): Json => ({ [name]: list })),
    },
    { weight: 2, arbitrary: fc.tuple(operator, tie("expression")).map(([name, one]): Json => ({ [name]: one })) },
    { weight: 1, arbitrary: fc.array(tie("expression"), { maxLength: 3 }) },
    {
      weight: 2,
      arbitrary: fc.dictionary(fc.oneof(text, fc.constant("$.")), tie("expression"), {
        maxKeys: 3,
      }),
    },
  ),
}));

const stage = fc
  .tuple(
    fc.constantFrom("@join", "@select", "@project", "@unwind", "@demux", "@gather", "@mux", "@aggregate", "@else"),
    fc.oneof(expression, fc.tuple(expression, path) as unknown as fc.Arbitrary<Json>),
  )
  .map(([name, argument]): Json => ({ [name]: argument }));
const data = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;

test("an expression is refused with its faults, or computed, or ends in a fault of the data", () => {
  const seen = { refused: 0, computed: 0, faults: 0 };
  fc.assert(
    fc.property(expression, data, (raw, object) => {
      const compiled = compileExpression(raw, { item: true });
      if (compiled.problems !== undefined) {
        seen.refused++;
        for (const { at, message } of compiled.problems)
          expect([typeof at, message.length > 0]).toEqual(["string", true]);
        return;
      }
      const before = JSON.stringify(object);
      try {
        // What comes out is JSON, and the object is as it was.
        const value = compiled.evaluate(object, { ...around, item: object });
        const written = JSON.stringify(value);
        expect(JSON.stringify(JSON.parse(written))).toBe(written);
        seen.computed++;
      } catch (cause) {
        if (!(cause instanceof DataFault)) throw cause;
        seen.faults++;
      }
      expect(JSON.stringify(object)).toBe(before);
    }),
    seeded(2_000),
  );
  expect(Math.min(seen.refused, seen.computed, seen.faults)).toBeGreaterThan(20);
});

test("whatever a pipeline is, it is refused or it runs, and after the end of all objects nothing is left of them", () => {
  let ran = 0;
  fc.assert(
    fc.property(fc.array(stage, { maxLength: 3 }), fc.array(data, { maxLength: 4 }), (pipeline, objects) => {
      const { controllers } = parseOperator("o", {
        controllers: [
          { name: "c", sources: [{ apiGroup: "", version: "v1", kind: "A" }], pipeline, target: { kind: "B" } },
        ],
      });
      const pipelines = new Pipelines(controllers, { now });
      if (controllers.length === 0) return;
      ran++;
      const feed = "core/v1/A";
      const named = objects.map((spec, index): KubeObject => ({
        apiVersion: "v1",
        kind: "A",
        metadata: { name: `o${index}` },
        a: spec,
        b: [spec, spec],
      }));
      for (const object of named) pipelines.apply([{ feed, key: object.metadata.name, object }], now);
      pipelines.conflicts();
      pipelines.trace(feed, "o0");
      for (const object of named) pipelines.apply([{ feed, key: object.metadata.name, object: undefined }], now);
      expect([pipelines.rows("o/c").size, pipelines.faults()]).toEqual([0, []]);
    }),
    seeded(1_000),
  );
  expect(ran).toBeGreaterThan(50);
});

test("whatever an operator is, parsing says so and throws nothing", () => {
  fc.assert(
    fc.property(data, fc.string(), (spec, yaml) => {
      parseOperator("o", spec);
      parseOperator("o", { controllers: [spec, { sources: [spec], target: spec, pipeline: spec }] });
      readOperators(yaml);
      readOperators(JSON.stringify({ kind: "Operator", spec }));
    }),
    seeded(500),
  );
});
