import fc from "fast-check";
import { expect, test } from "vitest";

import type { ViewEvent } from "../src/index.ts";
import type { Size } from "./objects.ts";
import { configMap, settled, sizePipelines, told } from "./objects.ts";

/** A consumer that takes one event when it is told to. */
function consumer(events: AsyncIterable<ViewEvent<Size>>): {
  readonly take: (count: number) => Promise<string[]>;
  readonly close: () => Promise<unknown>;
} {
  const iterator = events[Symbol.asyncIterator]();
  return {
    take: async (count) => {
      const taken: string[] = [];
      while (taken.length < count) {
        const next = await iterator.next();
        if (next.done === true) return [...taken, "end"];
        taken.push(told(next.value));
      }
      return taken;
    },
    close: async () => iterator.return?.(),
  };
}

test("what is there comes first, then each change, with the object that it is about", async () => {
  const pipelines = sizePipelines();
  pipelines.put(configMap("a", "1"), configMap("b", "1"));
  const { take } = consumer(pipelines.view<Size>("Size").events());
  expect(await take(2)).toEqual(["+a=1", "+b=1"]);
  pipelines.put(configMap("a", "2"));
  expect(await take(1)).toEqual(["~a=2"]);
  const next = take(1);
  await settled();
  pipelines.remove(configMap("a"));
  expect(await next).toEqual(["-a=2"]);
});

test("an event says namespace, name, type and the whole object", async () => {
  const pipelines = sizePipelines();
  pipelines.put(configMap("a", "1"));
  for await (const event of pipelines.view("Size").events()) {
    expect(event).toEqual({
      type: "Added",
      namespace: "default",
      name: "a",
      object: {
        apiVersion: "operator.view.dcontroller.io/v1alpha1",
        kind: "Size",
        metadata: { name: "a", namespace: "default" },
        size: "1",
      },
    });
    break;
  }
});

test("a slow consumer gets what changes came to, once for each object", async () => {
  const pipelines = sizePipelines();
  pipelines.put(configMap("a", "1"), configMap("b", "1"), configMap("c", "1"));
  const { take } = consumer(pipelines.view<Size>("Size").events());
  await take(3);
  for (let size = 2; size <= 1000; size++) {
    pipelines.put(configMap("a", String(size)), configMap("c", String(size)));
    // Comes and goes unseen.
    pipelines.put(configMap(`brief-${size}`, "1"));
    pipelines.remove(configMap(`brief-${size}`));
  }
  pipelines.remove(configMap("b"));
  pipelines.put(configMap("c", "1"), configMap("d", "1"));
  expect(await take(3)).toEqual(["~a=1000", "-b=1", "+d=1"]);
});

test("an object that goes and comes back between two looks is updated, or nothing happened", async () => {
  const pipelines = sizePipelines();
  pipelines.put(configMap("a", "1"), configMap("b", "1"));
  const { take } = consumer(pipelines.view<Size>("Size").events());
  await take(2);
  pipelines.remove(configMap("a"), configMap("b"));
  pipelines.put(configMap("a", "1"), configMap("b", "2"), configMap("c", "1"));
  expect(await take(2)).toEqual(["~b=2", "+c=1"]);
});

test("each consumer is told everything, whenever it begins", async () => {
  const pipelines = sizePipelines();
  const view = pipelines.view<Size>("Size");
  const early = consumer(view.events());
  const first = early.take(1);
  pipelines.put(configMap("a", "1"));
  expect(await first).toEqual(["+a=1"]);
  pipelines.put(configMap("a", "2"));
  const late = consumer(view.events());
  expect(await late.take(1)).toEqual(["+a=2"]);
  expect(await early.take(1)).toEqual(["~a=2"]);
});

test("a consumer ends with its signal, while it waits and while it does not", async () => {
  const pipelines = sizePipelines();
  const stop = new AbortController();
  const view = pipelines.view<Size>("Size");
  const waiting = consumer(view.events(stop.signal)).take(1);
  const busy = consumer(view.events(stop.signal));
  pipelines.put(configMap("a", "1"), configMap("b", "1"));
  expect(await waiting).toEqual(["+a=1"]);
  expect(await busy.take(1)).toEqual(["+a=1"]);
  stop.abort();
  expect(await busy.take(1)).toEqual(["end"]);
  const quiet = new AbortController();
  const { take } = consumer(view.events(quiet.signal));
  await take(2);
  const last = take(1);
  await settled();
  quiet.abort();
  expect(await last).toEqual(["end"]);
});

test("an object that the schema refuses is not there until it changes for the better", async () => {
  const pipelines = sizePipelines();
  const refused: string[] = [];
  const view = pipelines.view("Size", {
    parse: ({ size }) => {
      if (typeof size !== "string" || !/^\d+$/.test(size)) throw new Error(`no number: ${String(size)}`);
      return { size, double: Number(size) * 2 };
    },
    onRefused: (error, { name }) => refused.push(`${name}: ${(error as Error).message}`),
  });
  const { take } = consumer(view.events());
  pipelines.put(configMap("a", "1"), configMap("b", "many"));
  expect(await take(1)).toEqual(["+a=1"]);
  expect(view.get("a", "default")?.double).toBe(2);
  pipelines.put(configMap("a", "few"), configMap("b", "3"));
  expect(await take(2)).toEqual(["-a=1", "+b=3"]);
  expect(refused).toEqual(["b: no number: many", "a: no number: few"]);
});

test("a consumer that has left is told nothing more, and costs nothing", async () => {
  const pipelines = sizePipelines();
  let parsed = 0;
  const view = pipelines.view("Size", {
    parse: ({ size }) => {
      parsed += 1;
      return { size: String(size) };
    },
  });
  pipelines.put(configMap("a", "1"));
  const [first, second] = [consumer(view.events()), consumer(view.events())];
  expect([await first.take(1), await second.take(1), parsed]).toEqual([["+a=1"], ["+a=1"], 1]);
  await first.close();
  pipelines.put(configMap("a", "2"));
  expect([await first.take(1), await second.take(1), parsed]).toEqual([["end"], ["~a=2"], 2]);
  await second.close();
  pipelines.put(configMap("a", "3"), configMap("b", "1"));
  expect(parsed).toBe(2);
  expect(await consumer(view.events()).take(2)).toEqual(["+a=3", "+b=1"]);
});

test("nobody can change a view by changing an object of it", () => {
  const pipelines = sizePipelines();
  pipelines.put(configMap("a", "1"));
  const mine = pipelines.view<{ size: string }>("Size").get("a", "default")!;
  mine.size = "9";
  expect(pipelines.view<Size>("Size").get("a", "default")?.size).toBe("1");
});

test("whatever happens and however slowly it is looked at, the events add up to the view", async () => {
  const step = fc.oneof(
    fc.record({ name: fc.constantFrom("a", "b", "c"), size: fc.constantFrom("1", "2", undefined) }),
    fc.constant("look" as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const pipelines = sizePipelines();
      const view = pipelines.view<Size>("Size");
      const held = new Map<string, string>();
      const hear = ({ type, name, object }: ViewEvent<Size>): void => {
        // Added comes for what is not known, Updated and Deleted for what is, and an update is one.
        expect(held.has(name)).toBe(type !== "Added");
        if (type === "Deleted") expect(object.size).toBe(held.get(name));
        else expect(object.size).not.toBe(held.get(name));
        if (type === "Deleted") held.delete(name);
        else held.set(name, object.size);
      };
      const iterator = view.events()[Symbol.asyncIterator]();
      let asked: Promise<void> | undefined;
      const look = (): void => {
        asked ??= iterator.next().then((next) => {
          asked = undefined;
          if (next.done !== true) hear(next.value);
        });
      };
      for (const one of steps) {
        if (one === "look") look();
        else if (one.size === undefined) pipelines.remove(configMap(one.name));
        else pipelines.put(configMap(one.name, one.size));
        await Promise.resolve();
      }
      pipelines.put(configMap("end", "1"));
      while (!held.has("end") || held.size !== view.objects().length || differs(held, view.objects())) {
        look();
        await asked;
      }
    }),
  );
});

function differs(held: ReadonlyMap<string, string>, objects: readonly Size[]): boolean {
  return (
    [...held.values()].toSorted().join() !==
    objects
      .map(({ size }) => size)
      .toSorted()
      .join()
  );
}
