import { loadPipelines, supervise } from "@headgate/hybrid";
import type { Client, Clock, ViewEvent } from "@headgate/hybrid";
import { pause, systemClock } from "@headgate/kube";
import { expect, vi } from "vitest";
import { nameOf } from "../../e2e/endpointslice-operator/names.ts";
import type { Chance } from "../kube/chance.ts";

const spec = new URL("../../../examples/endpointslice-operator/endpoints.yaml", import.meta.url);

interface Endpoint {
  readonly spec: Parameters<typeof nameOf>[0];
}

/** What someone knows who believes events; complains of one that does not go with those before. */
function believer(): { readonly hear: (event: ViewEvent<Endpoint>) => void; readonly known: () => readonly string[] } {
  const held = new Map<string, string>();
  return {
    hear: ({ type, name, object }) => {
      const text = JSON.stringify(object.spec);
      if (type === "Added" && held.has(name)) throw new Error(`${name} was Added twice`);
      if (type !== "Added" && !held.has(name)) throw new Error(`${name} was ${type} before it was Added`);
      if (type === "Updated" && held.get(name) === text) throw new Error(`${name} was Updated without a change`);
      if (type === "Deleted") held.delete(name);
      else held.set(name, text);
    },
    known: () => [...held.keys()].toSorted(),
  };
}

/** A program that listens to the endpoints of a cluster in every way there is. */
export interface Listeners {
  /** Waits until all of them know these names and no other. */
  know(names: readonly string[], patience: { readonly timeout: number; readonly interval: number }): Promise<void>;
  close(): Promise<void>;
}

/** Starts it: one that is quick, one that is slow, and a reconciler of which a third of the calls fail. */
export async function startListeners(client: Client, clock: Clock, luck: Chance): Promise<Listeners> {
  const pipelines = await loadPipelines(spec, { clock });
  const view = pipelines.view<Endpoint>("EndpointView");
  const stop = new AbortController();
  const [quick, slow] = [believer(), believer()];
  const listen = async (hear: (event: ViewEvent<Endpoint>) => void, ms: number): Promise<void> => {
    for await (const event of view.events(stop.signal)) {
      hear(event);
      if (ms > 0) await pause(systemClock, ms, stop.signal);
    }
  };
  const world = new Map<string, string>();
  const failures: string[] = [];
  const reconciler = view.reconcile(
    ({ type, name, object }) => {
      if (luck() < 0.2) throw new Error("before it was done");
      if (type === "Deleted") world.delete(name);
      else world.set(name, JSON.stringify(object.spec));
      if (luck() < 0.2) throw new Error("after it was done");
    },
    { onError: (_, { name }) => failures.push(name) },
  );
  const watch = pipelines.watch(client, {
    onError: () => undefined,
    // Comparing lists would put right what the watch may have missed.
    reflect: { readTimeoutMs: 3_000, compareEveryMs: 1_000_000_000 },
  });
  const runs = [supervise([watch, reconciler], stop.signal), listen(quick.hear, 0), listen(slow.hear, 10)];
  const bugs: unknown[] = [];
  for (const run of runs) run.catch((error: unknown) => bugs.push(error));
  return {
    know: async (names, patience) => {
      await vi.waitFor(() => {
        expect(bugs).toEqual([]);
        const objects = view.objects().map((object) => nameOf(object.spec));
        const known = [objects.toSorted(), quick.known(), slow.known(), [...world.keys()].toSorted()];
        expect(known).toEqual([names, names, names, names]);
      }, patience);
      expect(failures.length).toBeGreaterThan(0);
    },
    close: async () => {
      stop.abort();
      await Promise.allSettled(runs);
    },
  };
}
