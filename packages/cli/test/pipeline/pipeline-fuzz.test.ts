import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";

import { findings } from "../../src/pipeline/check/findings.ts";
import type { JsonSchema } from "../../src/pipeline/check/schemas.ts";
import { diagramOf } from "../../src/pipeline/diagram/diagram.ts";
import { dot } from "../../src/pipeline/diagram/dot.ts";
import { mermaid } from "../../src/pipeline/diagram/mermaid.ts";
import { svg } from "../../src/pipeline/diagram/svg.ts";
import { namedKinds } from "../../src/pipeline/named-kinds.ts";
import { objectsIn } from "../../src/pipeline/objects.ts";
import { faultLines, operatorsIn } from "../../src/pipeline/operator-file.ts";
import { rbacObjects } from "../../src/pipeline/rbac.ts";
import { tell } from "../../src/pipeline/story.ts";
import { yamlSource } from "../../src/yaml-documents.ts";
import { shopObjects, shopOperator } from "./operators.ts";

type Json = fc.JsonValue;

/** Puts something else in the place that the choices lead to. */
function spoiled(value: Json, choices: readonly number[], other: Json): Json {
  const [choice, ...rest] = choices;
  if (typeof value !== "object" || value === null || choice === undefined) return other;
  if (Array.isArray(value)) {
    const at = choice % Math.max(1, value.length);
    return value.map((item: Json, i) => (i === at ? spoiled(item, rest, other) : item));
  }
  const names = Object.keys(value);
  const name = names[choice % Math.max(1, names.length)] ?? "new";
  return { ...value, [name]: spoiled((value as Record<string, Json>)[name] ?? null, rest, other) };
}

const expressions: readonly Json[] = [
  "$.",
  "$.a[0]",
  "$$.x",
  "$.a-b",
  "@now",
  [{ "$.": "$." }, { "$.data.x": 1 }],
  { "@cond": [true, { data: [] }, "$."] },
  { "@dict": { metadata: { name: "x" } } },
  { "@map": ["$$.a", "$.b"] },
  { "@switch": [[true, 1]] },
  { "@gather": ["$.a", "$.b.c"] },
  { "@unwind": "$.metadata.name" },
];
const other = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...expressions));
const fault = fc.record({ choices: fc.array(fc.nat(6), { minLength: 2, maxLength: 10 }), other });
const known: JsonSchema = {
  type: "object",
  properties: { data: { type: "object", additionalProperties: { type: "string" } } },
};
const schemas = { find: () => ({ schema: known, resolve: (schema: JsonSchema) => schema }) };

test("operators with anything anywhere are drawn, checked and run, or their faults are told: never an exception", async () => {
  const kinds = await namedKinds([], []);
  const { objects } = objectsIn([yamlSource({ file: "o", text: shopObjects })]);
  const settings = { name: "n", serviceAccount: { namespace: "n", name: "n" }, watchNamespace: undefined };
  fc.assert(
    fc.property(fc.array(fault, { minLength: 1, maxLength: 3 }), (faults) => {
      const written: Json = parse(shopOperator) as Json;
      const operator = faults.reduce<Json>((value, one) => spoiled(value, one.choices, one.other), written);
      const operators = operatorsIn([yamlSource({ file: "f", text: JSON.stringify(operator) })]);
      const told = operators.list.flatMap(faultLines);
      const found = findings(operators, schemas);
      for (const line of told) expect(line).toMatch(/^f:\d+:\d+: /);
      if (told.length > 0) expect(found.some(({ level }) => level === "fault")).toBe(true);
      const diagram = diagramOf(operators);
      expect(svg(diagram)).not.toMatch(/="-?(?:NaN|Infinity)/);
      expect(dot(diagram) + mermaid(diagram)).not.toBe("");
      const controllers = operators.list.flatMap((one) => one.controllers);
      rbacObjects(controllers, kinds, settings);
      tell({ controllers, objects, steps: [], now: "2026-01-01T00:00:00Z" });
    }),
    seeded(200),
  );
});
