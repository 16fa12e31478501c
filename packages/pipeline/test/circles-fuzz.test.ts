/** Random controllers that feed each other through two views, and random histories of what comes in from outside. */
import type { Json } from "@headgate/api";
import { parseOperator, Pipelines } from "@headgate/pipeline";
import type { FeedEvent } from "@headgate/pipeline";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

import { gone, now, there } from "./objects.ts";

const group = "op.view.dcontroller.io";
const views = ["V", "W"] as const;
const view = fc.constantFrom(...views);

const renamed = (by: Json, n: Json): Json => ({
  "@project": { metadata: { namespace: "ns", name: { "@concat": ["$.metadata.name", by] } }, n },
});
/** Stages that keep names, lengthen them up to a bound or without one, count, or come and go with a value. */
const stages = fc.constantFrom<Json>(
  { "@select": { "@lt": ["$.n", 3] } },
  { "@select": { "@eq": ["$.n", 1] } },
  { "@project": [{ "$.": "$." }, { n: { "@add": ["$.n", 1] } }] },
  { "@project": [{ "$.": "$." }, { n: { "@sub": [1, "$.n"] } }] },
  { "@project": [{ "$.": "$." }, { n: 1 }] },
  renamed("x", { "@add": ["$.n", 1] }),
  renamed("y", "$.n"),
  { "@gather": ["$.metadata.namespace", "$.n"] },
  { "@project": [{ "$.": "$." }, { n: { "@cond": [{ "@lt": ["$.n", 2] }, 5, "$.n"] } }] },
);
/** A gather makes a list of numbers: their sum is the number then. */
const summed = (list: readonly Json[]): Json[] =>
  list.flatMap((stage) =>
    Object.keys(stage as object)[0] === "@gather"
      ? [stage, { "@project": { metadata: { namespace: "ns", name: "sum" }, n: { "@sum": "$.n" } } }]
      : [stage],
  );
const controllers = fc
  .array(
    fc.record({ from: view, to: view, patch: fc.boolean(), pipeline: fc.array(stages, { maxLength: 3 }).map(summed) }),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) =>
    list.map(({ from, to, patch, pipeline }, index): Json => {
      const type = patch ? "Patcher" : "Updater";
      return { name: `c${index}`, sources: [{ kind: from }], pipeline, target: { kind: to, type } };
    }),
  );
const turn = fc.array(
  fc.record({ name: fc.constantFrom("a", "b"), n: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }) }),
  { minLength: 1, maxLength: 3 },
);

const eventOf = ({ name, n }: { readonly name: string; readonly n: number | undefined }): FeedEvent =>
  n === undefined
    ? gone("core/v1/A", `ns/${name}`)
    : there("core/v1/A", { apiVersion: "v1", kind: "A", metadata: { name, namespace: "ns" }, n });

function start(list: readonly Json[]): Pipelines {
  const feeder = { name: "feed", sources: [{ apiGroup: "", version: "v1", kind: "A" }], target: { kind: "V" } };
  const parsed = parseOperator("op", { controllers: [feeder, ...list] });
  expect(parsed.faulty).toEqual([]);
  return new Pipelines(parsed.controllers, { now });
}

function shown(pipelines: Pipelines): unknown {
  return views.map((kind) => Object.fromEntries([...(pipelines.view(group, kind)?.entries() ?? [])].sort()));
}

test("every event comes to an end; who follows the views and the deltas knows what there is; nothing outlives where it came from", () => {
  let circles = 0;
  let unsettled = 0;
  fc.assert(
    fc.property(controllers, fc.array(turn, { maxLength: 8 }), (list, turns) => {
      const pipelines = start(list);
      circles += pipelines.cycles.length;
      const mirrors = views.map((kind) => {
        const mirror: Record<string, unknown> = {};
        pipelines.view(group, kind)?.subscribe((changes) => {
          const keys = changes.map(({ key }) => key);
          expect(new Set(keys).size).toBe(keys.length);
          for (const { key, after } of changes)
            if (after === undefined) Reflect.deleteProperty(mirror, key);
            else mirror[key] = after;
        });
        return mirror;
      });
      const claims = new Map<string, unknown>();
      const take = (events: readonly FeedEvent[]): void => {
        for (const { controller, type, key, object } of pipelines.apply(events, now)) {
          expect(claims.has(`${controller} ${key}`)).toBe(type !== "Added");
          if (type === "Deleted") claims.delete(`${controller} ${key}`);
          else claims.set(`${controller} ${key}`, object);
        }
        expect(mirrors).toEqual(shown(pipelines));
        const rows = pipelines.controllers.flatMap(({ id }) =>
          [...pipelines.rows(id)].map(([key, object]) => [`${id} ${key}`, object] as const),
        );
        expect(Object.fromEntries(claims)).toEqual(Object.fromEntries(rows));
      };
      for (const one of turns) take(one.map(eventOf));
      unsettled += pipelines.faults().filter(({ code }) => code === "unsettled").length;
      take(["a", "b"].map((name) => eventOf({ name, n: undefined })));
      expect([...claims.keys(), ...pipelines.faults()]).toEqual([]);
    }),
    seeded(150),
  );
  expect(circles).toBeGreaterThan(50);
  expect(unsettled).toBeGreaterThan(0);
});
