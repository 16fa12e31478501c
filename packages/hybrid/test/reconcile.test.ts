import { expect, test } from "vitest";

import type { ViewEvent } from "../src/index.ts";
import type { Size } from "./objects.ts";
import { configMap, running, settled, sizePipelines, told, virtualClock } from "./objects.ts";

interface Stage {
  readonly pipelines: ReturnType<typeof sizePipelines>;
  readonly time: ReturnType<typeof virtualClock>["time"];
  /** What the handler was called with so far; taking empties it. */
  readonly calls: () => string[];
  /** Names whose calls fail for now. */
  readonly failing: Set<string>;
  /** Names whose calls wait until they are let go. */
  readonly held: Map<string, () => void>;
  readonly errors: string[];
  readonly stop: () => Promise<void>;
}

function stage(options: { readonly concurrency?: number; readonly hold?: readonly string[] } = {}): Stage {
  const { time, clock } = virtualClock();
  const pipelines = sizePipelines({ clock });
  let calls: string[] = [];
  const failing = new Set<string>();
  const held = new Map<string, () => void>();
  const errors: string[] = [];
  const handle = async (event: ViewEvent<Size>): Promise<void> => {
    calls.push(told(event));
    if (options.hold?.includes(event.name) === true)
      await new Promise<void>((resolve) => {
        expect(held.has(event.name)).toBe(false);
        held.set(event.name, () => {
          held.delete(event.name);
          resolve();
        });
      });
    if (failing.has(event.name)) throw new Error("not now");
  };
  const { concurrency = 1 } = options;
  const reconciler = pipelines.view<Size>("Size").reconcile(handle, {
    concurrency,
    backoff: { first: 100, most: 1_000 },
    onError: (error, event, retryMs) => {
      errors.push(`${told(event)} ${(error as Error).message} ${retryMs}`);
    },
  });
  return {
    pipelines,
    time,
    calls: () => {
      const made = calls;
      calls = [];
      return made;
    },
    failing,
    held,
    errors,
    stop: running(reconciler),
  };
}

test("it is called for what is there, then for each change", async () => {
  const { pipelines, calls } = stage();
  pipelines.put(configMap("a", "1"), configMap("b", "1"));
  await settled();
  expect(calls()).toEqual(["+a=1", "+b=1"]);
  pipelines.put(configMap("a", "2"));
  pipelines.remove(configMap("b"));
  await settled();
  expect(calls()).toEqual(["~a=2", "-b=1"]);
});

test("of one turn, what is gone comes before what is new", async () => {
  const { pipelines, calls } = stage();
  pipelines.put(configMap("z", "1"));
  await settled();
  pipelines.put(configMap("a", "1"), configMap("z"));
  await settled();
  expect(calls()).toEqual(["+z=1", "-z=1", "+a=1"]);
});

test("one that fails is tried again, later each time, and holds up no other", async () => {
  const { pipelines, calls, failing, errors, time } = stage();
  failing.add("a");
  pipelines.put(configMap("a", "1"), configMap("b", "1"));
  await settled();
  expect(calls()).toEqual(["+a=1", "+b=1"]);
  await time.advance(75);
  await time.advance(150);
  expect(calls()).toEqual(["+a=1", "+a=1"]);
  expect(errors).toEqual(["+a=1 not now 75", "+a=1 not now 150", "+a=1 not now 300"]);
  failing.clear();
  await time.advance(300);
  expect(calls()).toEqual(["+a=1"]);
  await time.advance(100_000);
  expect(calls()).toEqual([]);
  expect(time.pending).toBe(0);
});

test("a retry is told the state of then; one that never succeeded stays Added", async () => {
  const { pipelines, calls, failing, time } = stage();
  failing.add("a");
  pipelines.put(configMap("a", "1"));
  await settled();
  pipelines.put(configMap("a", "2"));
  await settled();
  expect(calls()).toEqual(["+a=1", "+a=2"]);
  failing.clear();
  await time.advance(1_000);
  expect(calls()).toEqual(["+a=2"]);
  pipelines.put(configMap("a", "3"));
  await settled();
  expect(calls()).toEqual(["~a=3"]);
});

test("what was tried and is gone is Deleted, what was never tried is not", async () => {
  const { pipelines, calls, failing, held, time } = stage({ hold: ["slow"] });
  failing.add("a");
  pipelines.put(configMap("a", "1"));
  await settled();
  failing.clear();
  pipelines.put(configMap("slow", "1"));
  await settled();
  pipelines.put(configMap("unseen", "1"));
  pipelines.remove(configMap("a"), configMap("unseen"));
  await settled();
  held.get("slow")?.();
  await settled();
  expect(calls()).toEqual(["+a=1", "+slow=1", "-a=1"]);
  expect(time.pending).toBe(0);
});

test("a deletion that fails is tried again, with the object as it was last told", async () => {
  const { pipelines, calls, failing, time } = stage();
  pipelines.put(configMap("a", "1"));
  await settled();
  failing.add("a");
  pipelines.remove(configMap("a"));
  await settled();
  await time.advance(75);
  expect(calls()).toEqual(["+a=1", "-a=1", "-a=1"]);
  failing.clear();
  pipelines.put(configMap("a", "1"));
  await settled();
  // Half deleted, it has to be made again.
  expect(calls()).toEqual(["+a=1"]);
});

test("a change back to what was told before is told again when the attempt between failed", async () => {
  const { pipelines, calls, failing } = stage();
  pipelines.put(configMap("a", "1"));
  await settled();
  failing.add("a");
  pipelines.put(configMap("a", "2"));
  await settled();
  failing.clear();
  pipelines.put(configMap("a", "1"));
  await settled();
  expect(calls()).toEqual(["+a=1", "~a=2", "~a=1"]);
});

test("for one object one call at a time, and what changes meanwhile comes as one", async () => {
  const { pipelines, calls, held } = stage({ concurrency: 4, hold: ["a"] });
  pipelines.put(configMap("a", "1"));
  await settled();
  for (const size of ["2", "3", "4"]) pipelines.put(configMap("a", size), configMap("b", size));
  await settled();
  expect(calls()).toEqual(["+a=1", "+b=4"]);
  held.get("a")?.();
  await settled();
  expect(calls()).toEqual(["~a=4"]);
  held.get("a")?.();
  await settled();
  expect(calls()).toEqual([]);
});

test("no more calls are under way than allowed", async () => {
  const { pipelines, calls, held } = stage({ concurrency: 2, hold: ["a", "b", "c"] });
  pipelines.put(configMap("a", "1"), configMap("b", "1"), configMap("c", "1"));
  await settled();
  expect(calls()).toEqual(["+a=1", "+b=1"]);
  held.get("b")?.();
  await settled();
  expect(calls()).toEqual(["+c=1"]);
  for (const go of [...held.values()]) go();
});

test("it stops when the call under way has ended, and begins none", async () => {
  const { pipelines, calls, failing, held, stop, time } = stage({ hold: ["b"] });
  failing.add("a");
  pipelines.put(configMap("a", "1"), configMap("b", "1"), configMap("c", "1"));
  await settled();
  let stopped = false;
  const end = stop().then(() => {
    stopped = true;
  });
  pipelines.put(configMap("d", "1"));
  await settled();
  expect(stopped).toBe(false);
  held.get("b")?.();
  await end;
  expect(calls()).toEqual(["+a=1", "+b=1"]);
  expect(time.pending).toBe(0);
});

test("a handler may bring about the next change of its own view", async () => {
  const pipelines = sizePipelines();
  const seen: string[] = [];
  running(
    pipelines.view<Size>("Size").reconcile((event) => {
      seen.push(told(event));
      if (event.name === "a") pipelines.put(configMap("b", "1"));
    }),
  );
  pipelines.put(configMap("a", "1"));
  await settled();
  expect(seen).toEqual(["+a=1", "+b=1"]);
});
