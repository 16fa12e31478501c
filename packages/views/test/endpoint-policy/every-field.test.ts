import { readdirSync, readFileSync } from "node:fs";
import { endpointPolicyCrd } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { comesTo } from "./comes-to.ts";

const folder = new URL("../../testdata/endpoint-policy/", import.meta.url);

interface Node {
  readonly "x-kubernetes-validations"?: readonly { readonly message: string }[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

/** The fields of the CRD that hold values, such as `spec.endpoints[].match.path`. */
function leaves(node: Node, path: string): readonly (readonly [string, Node])[] {
  if (node.items !== undefined) return leaves(node.items, `${path}[]`);
  if (node.properties === undefined) return [[path.replace(/\[\]$/, ""), node]];
  return Object.entries(node.properties).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`));
}

const crd = endpointPolicyCrd.spec as {
  versions: readonly [{ schema: { openAPIV3Schema: { properties: { spec: Node } } } }];
};
const { spec } = crd.versions[0].schema.openAPIV3Schema.properties;
const fields = leaves(spec, "spec");

/** The golden cases, as they are read. */
const cases = readdirSync(folder)
  .filter((file) => file.endsWith(".in.yaml"))
  .map((file) =>
    parseAllDocuments(readFileSync(new URL(file, folder), "utf8"))
      .map((document) => document.toJS() as KubeObject | null)
      .filter((object) => object !== null),
  );

/** Every place of a field in a value, with how to be rid of it. */
function places(
  value: unknown,
  path: readonly string[],
): readonly { readonly held: unknown; readonly drop: () => void }[] {
  const [step = "", ...rest] = path;
  const name = step.replace("[]", "");
  const within = value as Record<string, unknown>;
  const held = typeof value === "object" && value !== null ? within[name] : undefined;
  if (held === undefined) return [];
  if (rest.length === 0) return [{ held, drop: () => Reflect.deleteProperty(within, name) }];
  return step.endsWith("[]") ? (held as readonly unknown[]).flatMap((item) => places(item, rest)) : places(held, rest);
}

/** The places of a field in all policies of a case. */
function placesIn(objects: readonly KubeObject[], field: string): ReturnType<typeof places> {
  return objects.filter(({ kind }) => kind === "EndpointPolicy").flatMap((policy) => places(policy, field.split(".")));
}

test("the CRD has fields", () => {
  expect(fields.length).toBeGreaterThan(50);
});

test.each(fields.map(([field]) => field))(
  "a golden case shows what %s does: without it, something else comes of it",
  (field) => {
    const shown = cases.some((objects) =>
      placesIn(objects, field).some((_, i) => {
        const without = structuredClone(objects);
        placesIn(without, field)[i]?.drop();
        return JSON.stringify(comesTo(without).desired) !== JSON.stringify(comesTo(objects).desired);
      }),
    );
    expect(shown).toBe(true);
  },
);

test.each(fields.filter(([, node]) => node.enum !== undefined))("golden cases have each value of %s", (field, node) => {
  const given = cases.flatMap((objects) => placesIn(objects, field).flatMap(({ held }) => held));
  const untold = (node.enum ?? []).filter((word) => word !== node.default && !given.includes(word));
  expect(untold).toEqual([]);
});

/** What the CRD's rules say, one for each. */
function ruleMessages(node: Node): readonly string[] {
  const own = (node["x-kubernetes-validations"] ?? []).map(({ message }) => message);
  const below = [...Object.values(node.properties ?? {}), ...(node.items === undefined ? [] : [node.items])];
  return [...own, ...below.flatMap(ruleMessages)];
}

test("a golden case shows each rule between fields broken", () => {
  const messages = new Set(ruleMessages(spec));
  const told = cases.flatMap((objects) => comesTo(objects).notices).join("\n");
  expect(messages.size).toBeGreaterThan(9);
  expect([...messages].filter((message) => !told.includes(message))).toEqual([]);
});
