import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { untilAborted } from "@headgate/kube";
import type { Clock, Runner, Sink } from "@headgate/kube";
import { Pipelines } from "@headgate/pipeline";
import type { Controller, TargetDelta } from "@headgate/pipeline";

/** All controllers as one computation that is fed by watches. As a runner it ends with whatever a turn throws. */
export interface Engine extends Runner {
  readonly pipelines: Pipelines;
  /** A sink of one feed; what it brings counts with the next turn. */
  feed(id: string): Sink;
  /** Makes the turns that wait now. */
  flush(): void;
  /** Takes other controllers, and keeps what the feeds that stay hold. Gives the ids of those that were computed anew. */
  rebuild(controllers: readonly Controller[]): ReadonlySet<string>;
  /** Computes a controller with a Periodic source, and what follows from it, once more. */
  tick(controller: string): void;
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly onDeltas: (deltas: readonly TargetDelta[]) => void;
  /** Told of the pipelines each time that their controllers are others. */
  readonly onPipelines?: ((pipelines: Pipelines) => void) | undefined;
  /** Told how many milliseconds a controller was evaluated in a turn. */
  readonly onEvaluated?: ((controller: string, ms: number) => void) | undefined;
}

type Waiting =
  | { readonly feed: string; readonly all: readonly KubeObject[] }
  | { readonly feed: string; readonly key: string; readonly object: KubeObject | undefined };

/** An engine without controllers. */
export function engine({ clock, onDeltas, onPipelines, onEvaluated }: EngineOptions): Engine {
  const now = (): string => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  const bug = Promise.withResolvers<never>();
  bug.promise.catch(() => undefined);
  const meter = onEvaluated && { elapsed: () => clock.elapsed(), onEvaluated };
  const pipelines = new Pipelines([], { now: now(), random: () => clock.random(), ...(meter && { meter }) });
  let known = new Set<string>();
  let waiting: Waiting[] = [];
  let scheduled = false;

  const flush = (): void => {
    const all = waiting;
    waiting = [];
    let events: { feed: string; key: string; object: KubeObject | undefined }[] = [];
    const apply = (): void => {
      if (events.length > 0) onDeltas(pipelines.apply(events, now()));
      events = [];
    };
    for (const one of all) {
      if (!known.has(one.feed)) continue;
      if (!("all" in one)) {
        events.push(one);
        continue;
      }
      apply();
      onDeltas(pipelines.relist(one.feed, one.all, now()));
    }
    apply();
  };
  const soon = (one: Waiting): void => {
    waiting.push(one);
    if (scheduled) return;
    scheduled = true;
    // At the end of the present moment, so that what came together is one turn.
    setImmediate(() => {
      scheduled = false;
      try {
        flush();
      } catch (error) {
        bug.reject(error);
      }
    });
  };
  return {
    name: "pipelines",
    pipelines,
    flush,
    rebuild: (controllers) => {
      flush();
      const renewed = pipelines.setControllers(controllers, now());
      known = new Set(pipelines.feeds.map(({ id }) => id));
      onPipelines?.(pipelines);
      return renewed;
    },
    tick: (controller) => {
      flush();
      onDeltas(pipelines.tick(controller, now()));
    },
    feed: (feed) => ({
      replace: (objects) => {
        soon({ feed, all: objects.map(bare) });
      },
      upsert: (object) => {
        soon({ feed, key: nameKey(object.metadata), object: bare(object) });
      },
      remove: (object) => {
        soon({ feed, key: nameKey(object.metadata), object: undefined });
      },
    }),
    run: (signal) => Promise.race([untilAborted(signal), bug.promise]),
  };
}

/** Who owns which field is nothing that a pipeline should decide by. */
function bare(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}
