/** Random pipelines and random histories of their objects. */
import type { Json, KubeObject } from "@headgate/api";
import fc from "fast-check";

import type { Operation } from "./naive.ts";

export interface Event {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** undefined is the end of the object. */
  readonly fields: Readonly<Record<string, Json>> | undefined;
}

export interface Story {
  readonly kinds: readonly string[];
  readonly operations: readonly Operation[];
  /** Turns of events. */
  readonly turns: readonly (readonly Event[])[];
}

/** Few values, so that rows meet; some of a kind that not every operator can compute with. */
const scalar = fc.constantFrom<Json>(0, 1, 2, "a", "1", null);
const item = fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.record({ v: scalar }) });
const fields = fc.record(
  {
    k: scalar,
    l: fc.oneof({ weight: 8, arbitrary: fc.array(item, { maxLength: 3 }) }, { weight: 1, arbitrary: scalar }),
  },
  { requiredKeys: [] },
);

function event(kinds: readonly string[]): fc.Arbitrary<Event> {
  return fc.record({
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom("o", "p", "q"),
    namespace: fc.constantFrom("x", "y"),
    fields: fc.option(fields, { nil: undefined, freq: 4 }),
  });
}

export function objectOf({ kind, name, namespace, fields = {} }: Event): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name, namespace }, ...fields };
}

const both = (kinds: readonly string[]): fc.Arbitrary<readonly [string, string]> =>
  fc.shuffledSubarray([...kinds], { minLength: 2, maxLength: 2 }).map(([a = "", b = ""]) => [a, b]);

function condition(kinds: readonly string[]): fc.Arbitrary<Json> {
  const pair = both(kinds);
  const part: fc.Arbitrary<Json> = fc.oneof(
    pair.map(([a, b]): Json => ({ "@eq": [`$.${a}.metadata.namespace`, `$.${b}.metadata.namespace`] })),
    pair.map(([a, b]): Json => ({ "@eq": [`$.${a}.k`, `$.${b}.k`] })),
    pair.map(([a, b]): Json => ({ "@eq": [{ "@string": `$.${a}.k` }, `$.${b}.metadata.name`] })),
    pair.map(([a, b]): Json => ({ "@not": { "@eq": [`$.${a}.metadata.name`, `$["${b}"].metadata.name`] } })),
    pair.map(([a, b]): Json => ({ "@lt": [`$.${a}.k`, `$.${b}.k`] })),
    pair.map(([a]): Json => ({ "@exists": `$.${a}.l` })),
  );
  return fc.array(part, { maxLength: 3 }).map((parts) => ({ "@and": parts }));
}

const select: fc.Arbitrary<Operation> = fc
  .oneof(
    scalar.map((value): Json => ({ "@eq": ["$.k", value] })),
    fc.constant<Json>({ "@exists": "$.l" }),
    fc.constant<Json>({ "@lt": ["$.k", 2] }),
    fc.constantFrom("@any", "@all", "@none").map((operator): Json => ({ [operator]: [{ "@eq": ["$$", 1] }, "$.l"] })),
    fc.constant<Json>({ "@or": [{ "@isnil": "$.k" }, { "@in": ["$.k", [0, "a"]] }] }),
  )
  .map((test) => ({ "@select": test }));

const project: fc.Arbitrary<Operation> = fc
  .constantFrom<Json>(
    { metadata: "$.metadata", k: "$.k", l: "$.l" },
    [{ "$.": "$." }, { n: { "@add": [{ "@definedOr": ["$.k", 0] }, 1] } }],
    [{ "$.": "$." }, { metadata: { name: { "@concat": ["n-", "$.k"] } } }],
    { metadata: { name: "fixed", namespace: "$.metadata.namespace" }, k: "$.k", l: "$.l" },
    { metadata: { name: { "@hash": "$.k" } }, k: "$.k", l: { "@filter": [{ "@exists": "$$" }, "$.l"] } },
  )
  .map((result) => ({ "@project": result }));

/** A gather, and a projection onto what all members of a group have in common. */
const gather: fc.Arbitrary<readonly Operation[]> = fc
  .tuple(fc.constantFrom("$.k", "$.metadata.namespace"), fc.constantFrom("$.l", "$.k"))
  .filter(([key, path]) => key !== path)
  .map(([key, path]) => [
    { "@gather": [key, path] },
    {
      "@project": {
        metadata: { name: { "@hash": key }, namespace: "g" },
        ...(key === "$.k" ? { k: "$.k" } : { k: "$.metadata.namespace" }),
        l: path,
      },
    },
  ]);

const stages: fc.Arbitrary<readonly Operation[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: select.map((one) => [one]) },
      { weight: 3, arbitrary: project.map((one) => [one]) },
      { weight: 2, arbitrary: fc.constant<readonly Operation[]>([{ "@unwind": "$.l" }]) },
      { weight: 2, arbitrary: gather },
    ),
    { maxLength: 5 },
  )
  .map((groups) => groups.flat());

function flattened(kinds: readonly string[]): Operation {
  const [a = "", b = ""] = kinds;
  const name = { "@concat": kinds.flatMap((kind) => [`$.${kind}.metadata.name`, "-"]) };
  return { "@project": { metadata: { name, namespace: `$.${a}.metadata.namespace` }, k: `$.${b}.k`, l: `$.${a}.l` } };
}

export const storyArb: fc.Arbitrary<Story> = fc
  .constantFrom<readonly string[]>(["A"], ["A", "B"], ["A", "B"], ["A", "B", "C"])
  .chain((kinds) =>
    fc.record({
      kinds: fc.constant(kinds),
      operations: fc
        .tuple(kinds.length > 1 ? condition(kinds) : fc.constant(undefined), stages)
        .map(([join, rest]) => (join === undefined ? rest : [{ "@join": join }, flattened(kinds), ...rest])),
      turns: fc.array(fc.array(event(kinds), { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
    }),
  );
