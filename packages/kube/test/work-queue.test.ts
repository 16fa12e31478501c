import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { workQueue } from "../src/work-queue.ts";

test("groups take turns", () => {
  const queue = workQueue();
  for (const group of ["big", "big", "big", "small"]) queue.add(`${group}${queue.waiting}`, { group, rank: 0 });
  expect([queue.take(), queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
    "big0",
    "small3",
    "big1",
    "big2",
    undefined,
  ]);
});

test("groups that yield have one turn in eight, and every turn that nobody else wants", () => {
  const queue = workQueue();
  for (let i = 0; i < 14; i++) queue.add(`plain${i}`, { group: "plain", rank: 0 });
  for (let i = 0; i < 3; i++) queue.add(`yields${i}`, { group: "status", rank: 0, yields: true });
  const order = Array.from({ length: 17 }, () => queue.take()?.replace(/\d+$/, ""));
  const seven = Array.from({ length: 7 }, () => "plain");
  expect(order).toEqual([...seven, "yields", ...seven, "yields", "yields"]);
});

test("a higher rank waits for the lower ones of its group to finish, and for nobody else", () => {
  const queue = workQueue();
  queue.add("late", { group: "g", rank: 1 });
  queue.add("early", { group: "g", rank: 0 });
  queue.add("other", { group: "h", rank: 5 });
  expect([queue.take(), queue.take(), queue.take()]).toEqual(["early", "other", undefined]);
  queue.finish("early");
  expect(queue.take()).toBe("late");
});

test("whatever comes, goes and finishes: nothing is lost, nothing comes twice, ranks are kept, nothing stays behind", () => {
  const step = fc.record({
    do: fc.constantFrom("add", "add", "add", "remove", "take", "take", "finish"),
    key: fc.integer({ min: 0, max: 6 }).map(String),
    group: fc.constantFrom("g", "h"),
    rank: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = workQueue();
      const waiting = new Map<string, { group: string; rank: number }>();
      const underWay = new Map<string, { group: string; rank: number }>();
      const take = (): boolean => {
        const key = queue.take();
        if (key === undefined) return false;
        const place = waiting.get(key);
        expect(place).toBeDefined();
        if (place === undefined) return false;
        waiting.delete(key);
        for (const other of [...waiting.values(), ...underWay.values()]) {
          if (other.group === place.group) expect(other.rank).toBeGreaterThanOrEqual(place.rank);
        }
        underWay.set(key, place);
        return true;
      };
      for (const { do: what, key, group, rank } of steps) {
        if (what === "add" && !underWay.has(key)) {
          queue.add(key, { group, rank });
          waiting.set(key, { group, rank });
        } else if (what === "remove") {
          queue.remove(key);
          waiting.delete(key);
        } else if (what === "take") take();
        else if (what === "finish" && underWay.delete(key)) queue.finish(key);
        expect(queue.waiting).toBe(waiting.size);
      }
      while (waiting.size > 0 || underWay.size > 0) {
        const took = take();
        if (took) continue;
        expect(underWay.size).toBeGreaterThan(0);
        for (const key of underWay.keys()) queue.finish(key);
        underWay.clear();
      }
      expect(queue.take()).toBeUndefined();
    }),
    seeded(300),
  );
});
