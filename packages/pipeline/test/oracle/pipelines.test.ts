import type { KubeObject } from "@headgate/api";
import { parseOperator, Pipelines } from "@headgate/pipeline";
import type { TargetDelta } from "@headgate/pipeline";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

import { inOrder, naive, withoutType } from "./naive.ts";
import type { Doc } from "./naive.ts";
import { objectOf, storyArb } from "./stories.ts";
import type { Event, Story } from "./stories.ts";

const now = "2026-01-31T12:00:00Z";
const controller = "test/pipeline";

function start({ kinds, operations }: Story): Pipelines {
  const { controllers, faulty } = parseOperator("test", {
    controllers: [
      {
        name: "pipeline",
        sources: kinds.map((kind) => ({ apiGroup: "", version: "v1", kind })),
        pipeline: operations,
        target: { kind: "Out" },
      },
    ],
  });
  expect(faulty).toEqual([]);
  return new Pipelines(controllers, { now });
}

class Cluster {
  readonly #objects = new Map<string, KubeObject>();

  play(pipelines: Pipelines, turn: readonly Event[]): readonly TargetDelta[] {
    for (const event of turn) {
      const place = `${event.kind} ${event.namespace}/${event.name}`;
      if (event.fields === undefined) this.#objects.delete(place);
      else this.#objects.set(place, objectOf(event));
    }
    return pipelines.apply(
      turn.map((event) => ({
        feed: `core/v1/${event.kind}`,
        key: `${event.namespace}/${event.name}`,
        object: event.fields === undefined ? undefined : objectOf(event),
      })),
      now,
    );
  }

  of(kind: string): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }
}

function rowsOf(pipelines: Pipelines): [string, string][] {
  return [...pipelines.rows(controller)]
    .map(([key, object]): [string, string] => [key, inOrder(withoutType(object))])
    .sort();
}

test("after every turn, the rows are those of a plain computation from scratch", () => {
  let rows = 0;
  fc.assert(
    fc.property(storyArb, (story) => {
      const pipelines = start(story);
      const cluster = new Cluster();
      for (const turn of story.turns) {
        cluster.play(pipelines, turn);
        const sources = story.kinds.map((name) => ({ name, objects: cluster.of(name) as unknown as Doc[] }));
        const wanted = [...naive(sources, story.operations)]
          .map(([key, object]): [string, string] => [key, inOrder(object)])
          .sort();
        expect(rowsOf(pipelines)).toEqual(wanted);
        rows += wanted.length;
      }
    }),
    seeded(300),
  );
  expect(rows).toBeGreaterThan(100);
});

test("a history leaves nothing behind: rows, faults and first members are those of pipelines that saw only its end", () => {
  let faults = 0;
  fc.assert(
    fc.property(storyArb, (story) => {
      const pipelines = start(story);
      const cluster = new Cluster();
      for (const turn of story.turns) cluster.play(pipelines, turn);
      const fresh = start(story);
      for (const kind of story.kinds) fresh.relist(`core/v1/${kind}`, cluster.of(kind), now);
      expect(rowsOf(pipelines)).toEqual(rowsOf(fresh));
      const shown = (of: Pipelines): string[] =>
        of
          .faults()
          .map((fault) => JSON.stringify(fault))
          .sort();
      expect(shown(pipelines)).toEqual(shown(fresh));
      faults += fresh.faults().length;
    }),
    seeded(200),
  );
  expect(faults).toBeGreaterThan(10);
});

test("the deltas of all turns, one after the other, make the rows; deletions come first and each key changes once", () => {
  fc.assert(
    fc.property(storyArb, (story) => {
      const pipelines = start(story);
      const cluster = new Cluster();
      const mirror = new Map<string, string>();
      for (const turn of story.turns) {
        const deltas = cluster.play(pipelines, turn);
        expect(new Set(deltas.map(({ key }) => key)).size).toBe(deltas.length);
        const types = deltas.map(({ type }) => type === "Deleted");
        expect(types).toEqual(types.toSorted((a, b) => Number(b) - Number(a)));
        for (const { type, key, object } of deltas) {
          expect(mirror.has(key)).toBe(type !== "Added");
          if (type === "Deleted") mirror.delete(key);
          else mirror.set(key, inOrder(withoutType(object)));
        }
        expect([...mirror].sort()).toEqual(rowsOf(pipelines));
      }
    }),
    seeded(100),
  );
});
