import type { KubeObject } from "@headgate/api";
import { nameKey } from "@headgate/api";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Sink } from "../src/index.ts";
import { replica } from "../src/replica.ts";

function object(name: string, version: number | string): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { namespace: "ns", name, resourceVersion: String(version) } };
}

/** A sink that fails when an object goes back in time. */
function recordingSink(): Sink & { readonly held: Map<string, KubeObject>; readonly told: string[] } {
  const held = new Map<string, KubeObject>();
  const told: string[] = [];
  return {
    held,
    told,
    replace: (objects) => {
      held.clear();
      for (const one of objects) held.set(nameKey(one.metadata), one);
      told.push(`replace ${objects.length}`);
    },
    upsert: (one) => {
      const before = held.get(nameKey(one.metadata));
      if (before !== undefined)
        expect(Number(one.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
      held.set(nameKey(one.metadata), one);
      told.push(`upsert ${one.metadata.name} ${one.metadata.resourceVersion ?? ""}`);
    },
    remove: (one) => {
      expect(held.delete(nameKey(one.metadata))).toBe(true);
      told.push(`remove ${one.metadata.name}`);
    },
  };
}

test("repeats and older events tell the sink nothing", () => {
  const sink = recordingSink();
  const copy = replica(sink);
  copy.reset([object("a", 5)], "10");
  copy.upsert(object("a", 5));
  copy.upsert(object("a", 12));
  copy.upsert(object("a", 11));
  copy.upsert(object("a", 12));
  expect(sink.told).toEqual(["replace 1", "upsert a 12"]);
  expect(copy.stale).toBe(3);
  expect(copy.position).toBe("12");
});

test("a late repeat does not bring a deleted object back, and a new one of that name lives", () => {
  const sink = recordingSink();
  const copy = replica(sink);
  copy.reset([object("a", 5)], "10");
  copy.remove(object("a", 12));
  copy.upsert(object("a", 11));
  copy.remove(object("a", 12));
  expect(sink.held.size).toBe(0);
  copy.upsert(object("a", 13));
  expect(sink.told).toEqual(["replace 1", "remove a", "upsert a 13"]);
});

test("a deletion that bears the object's own last version counts", () => {
  const sink = recordingSink();
  const copy = replica(sink);
  copy.reset([object("a", 5)], "10");
  copy.remove(object("a", 5));
  expect(sink.told).toEqual(["replace 1", "remove a"]);
});

test("a comparing list puts right what the watch lost, and counts it once the watch has passed by", () => {
  const sink = recordingSink();
  const copy = replica(sink);
  copy.reset([object("kept", 1), object("changed", 2), object("gone", 3)], "10");
  copy.beginComparison();
  copy.compare([object("kept", 1), object("changed", 15), object("new", 16)], "20");
  expect([...sink.held.values()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion ?? ""}`)).toEqual([
    "kept 1",
    "changed 15",
    "new 16",
  ]);
  expect(copy.misses).toBe(0);
  copy.upsert(object("new", 16));
  copy.bookmark("19");
  expect(copy.misses).toBe(0);
  copy.bookmark("21");
  expect(copy.misses).toBe(2);
});

test("what the watch tells while a list is under way outranks the list", () => {
  const sink = recordingSink();
  const copy = replica(sink);
  copy.reset([object("a", 1), object("b", 2)], "10");
  copy.beginComparison();
  copy.upsert(object("a", 21));
  copy.upsert(object("c", 22));
  copy.remove(object("b", 23));
  copy.compare([object("a", 15), object("b", 2)], "20");
  expect([...sink.held.keys()]).toEqual(["ns/a", "ns/c"]);
  expect(sink.held.get("ns/a")?.metadata.resourceVersion).toBe("21");
  copy.bookmark("30");
  expect(copy.misses).toBe(0);
});

test("events that a comparing list already covers are not told again", () => {
  const sink = recordingSink();
  const copy = replica(sink);
  copy.reset([object("a", 1)], "10");
  copy.beginComparison();
  copy.compare([], "20");
  copy.upsert(object("a", 15));
  copy.upsert(object("b", 16));
  expect(sink.held.size).toBe(0);
});

test("a server whose history went back is believed anew", () => {
  const sink = recordingSink();
  const copy = replica(sink);
  copy.reset([object("a", 90)], "100");
  copy.beginComparison();
  expect(copy.compare([object("b", 3)], "5")).toEqual({ healed: 0, wentBack: true });
  expect(copy.position).toBe("5");
  copy.upsert(object("c", 6));
  expect([...sink.held.keys()]).toEqual(["ns/b", "ns/c"]);
});

test("without comparable versions the order of arrival decides, and the watch outranks a list under way", () => {
  const held = new Map<string, string | undefined>();
  const copy = replica({
    replace: (objects) => {
      for (const { metadata } of objects) held.set(metadata.name, metadata.resourceVersion);
    },
    upsert: ({ metadata }) => held.set(metadata.name, metadata.resourceVersion),
    remove: ({ metadata }) => held.delete(metadata.name),
  });
  copy.reset([object("a", "x1"), object("b", "x2")], "x3");
  copy.upsert(object("a", "x9"));
  copy.upsert(object("a", "x4"));
  expect(held.get("a")).toBe("x4");
  copy.beginComparison();
  copy.upsert(object("a", "x5"));
  copy.compare([object("a", "x4"), object("c", "x7")], "x8");
  expect(Object.fromEntries(held)).toEqual({ a: "x5", c: "x7" });
});

type Write = { readonly key: "a" | "b" | "c"; readonly deletes: boolean };

test("whatever is repeated, swapped between objects or lost, a comparing list leaves the sink equal to the server", () => {
  const writes = fc.array(fc.record<Write>({ key: fc.constantFrom("a", "b", "c"), deletes: fc.boolean() }), {
    maxLength: 30,
  });
  const fates = fc.array(fc.constantFrom("once", "twice", "lost", "swapped", "again"), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(writes, fates, fc.nat(30), (history, fate, compareAt) => {
      const server = new Map<string, KubeObject>();
      const sink = recordingSink();
      const copy = replica(sink);
      copy.reset([], "1");
      const events: (() => void)[] = [];
      const deliver = (): void => {
        for (const event of events) event();
      };
      let held: (() => void) | undefined;
      history.forEach(({ key, deletes }, index) => {
        const version = index + 2;
        const before = server.get(key);
        if (deletes && before === undefined) return;
        const now = object(key, version);
        if (deletes) server.delete(key);
        else server.set(key, now);
        const event = (): void => {
          if (deletes) copy.remove(now);
          else copy.upsert(now);
        };
        events.push(event);
        const what = fate[index % fate.length];
        if (what === "swapped" && held === undefined) {
          held = event;
          return;
        }
        if (what !== "lost") event();
        if (what === "twice") event();
        if (what === "again") deliver();
        held?.();
        held = undefined;
        if (index === compareAt) {
          copy.beginComparison();
          copy.compare([...server.values()], String(version));
          expect(Object.fromEntries(sink.held)).toEqual(
            Object.fromEntries([...server].map(([name, one]) => [`ns/${name}`, one])),
          );
        }
      });
      copy.beginComparison();
      copy.compare([...server.values()], String(history.length + 2));
      expect(Object.fromEntries(sink.held)).toEqual(
        Object.fromEntries([...server].map(([name, one]) => [`ns/${name}`, one])),
      );
      // Whatever comes late is old news now.
      const told = sink.told.length;
      deliver();
      expect(sink.told.length).toBe(told);
    }),
    seeded(300),
  );
});
