import { nameKey, resourceTypes } from "@headgate/api";
import type { KubeObject, Notice, ObjectRef, OpError } from "@headgate/api";
import { actuator, supervise, untilAborted } from "@headgate/kube";
import type { Client, Clock, Result, Runner } from "@headgate/kube";
import type { Controller, Pipelines, TargetDelta } from "@headgate/pipeline";

import { engine } from "./engine.ts";
import { feeds } from "./feeds.ts";
import { follow } from "./follow.ts";
import type { Followed, FollowOptions } from "./follow.ts";
import { ageOf, holding, hosted } from "./hosted.ts";
import type { Hosted } from "./hosted.ts";
import { kindsOf, kindsToHold, writersOf } from "./kinds.ts";
import { ledgers } from "./ledgers.ts";
import type { PipelineMetrics } from "./metrics.ts";
import { placeOf, shortName } from "./names.ts";
import { report, shortPlace } from "./report.ts";
import { outerCircleOf, waitOf } from "./standing.ts";
import type { Wait } from "./standing.ts";
import { restingRows } from "./unrest.ts";
import { watchHub } from "./watch-hub.ts";
import type { WatchHealth } from "./watch-hub.ts";

export interface PipelineHostOptions {
  /** Whatever it writes may be fenced. */
  readonly client: Client;
  readonly clock: Clock;
  /** The only namespace that is watched; undefined: all, as far as sources don't say otherwise. */
  readonly namespace?: string | undefined;
  readonly readTimeoutMs?: number | undefined;
  readonly onError: (error: OpError, fields: object, message: string) => void;
  readonly onResult: (result: Result) => void;
  readonly tell: (notice: Notice) => void;
  readonly info: (fields: object, message: string) => void;
  /** Told of the pipelines each time that their controllers are others. */
  readonly onPipelines?: ((pipelines: Pipelines) => void) | undefined;
  readonly measured?: PipelineMetrics | undefined;
}

/** Runs all Operators that there are. */
export interface PipelineHost extends Runner {
  readonly pipelines: Pipelines;
  readonly watches: () => readonly WatchHealth[];
  readonly operators: () => number;
  /** What a controller waits for before its rows are all there. */
  readonly waiting: (controller: string) => readonly string[];
}

/** What is refused because of the state of the world (an object in the way, a permission) is tried again this often. */
const longestBackoffMs = 15_000;
/** A Periodic source has all rows of its controller computed anew, so it may not be asked for more often. */
const shortestPeriodMs = 1_000;

/** A host that runs once. */
export function pipelineHost(options: PipelineHostOptions): PipelineHost {
  const { client, clock, namespace, onError } = options;
  const operators = new Map<string, Hosted>();
  const stopping = new AbortController();
  const bug = Promise.withResolvers<never>();
  bug.promise.catch(() => undefined);
  const onBug = (cause: unknown): void => {
    bug.reject(cause);
  };
  const hub = watchHub({ client, clock, readTimeoutMs: options.readTimeoutMs, onError });
  const following: FollowOptions = { client, clock, hub, signal: stopping.signal, onBug };
  const acting = actuator(client, {
    clock,
    backoff: { first: 200, most: longestBackoffMs },
    onResult: (result) => {
      books.onResult(result);
      options.onResult(result);
    },
  });
  const computing = engine({
    clock,
    onEvaluated: options.measured?.evaluated,
    onDeltas: (deltas) => {
      take(deltas);
    },
    onPipelines: options.onPipelines,
  });
  let open: ReadonlySet<string> = new Set();
  let frozen: ReadonlySet<string> = new Set();
  let frozenOperators: ReadonlySet<string> = new Set();
  let refs: ReadonlyMap<string, ObjectRef> = new Map();
  let waits: ReadonlyMap<string, Wait> = new Map();
  let spec = "";

  const books = ledgers({
    ...following,
    acting,
    namespace,
    known: {
      operator: (short) => refs.get(short),
      isFrozen: (place) => frozen.has(place) || frozenOperators.has(place.slice(0, place.indexOf("/"))),
    },
    isOpen: (id) => open.has(id),
    rowsOf: (id) => computing.pipelines.rows(id),
    onChange: () => {
      soon();
    },
  });
  const sources = feeds({
    ...following,
    namespace,
    sinkOf: (id) => computing.feed(id),
    onChange: () => {
      soon();
    },
  });

  const resting = restingRows({
    clock,
    onRest: () => {
      soon();
    },
    onRested: (controller, key) => {
      if (stopping.signal.aborted) return;
      const { controllers } = computing.pipelines;
      const rows = controllers.some(({ id }) => id === controller) ? computing.pipelines.rows(controller) : undefined;
      books.set(controller, key, rows?.get(key));
      soon();
    },
  });
  const take = (deltas: readonly TargetDelta[]): void => {
    const { cycles } = computing.pipelines;
    for (const { controller, key, type, object } of deltas) {
      const circle = outerCircleOf(controller, cycles);
      if (circle !== undefined && resting.hold({ controller, key, circle, isChange: type === "Updated" })) continue;
      books.set(controller, key, type === "Deleted" ? undefined : object);
    }
    // What is left out changes no row.
    if (deltas.length > 0 || computing.pipelines.faultCounts().size > 0) telling.soon();
  };

  const telling = report({
    clock,
    signal: stopping.signal,
    operators,
    pipelines: () => computing.pipelines,
    waitOf: (id) => waits.get(id),
    problems: () => [...books.problems(), ...resting.texts().map(([id, text]) => [shortPlace(id), text] as const)],
    object: (feed, key) => sources.object(feed, key),
    write: (key, action) => {
      if (action === undefined) acting.delete(key);
      else acting.set(key, action);
    },
    tell: options.tell,
    onBug,
  });

  let settling = false;
  const soon = (): void => {
    telling.soon();
    if (settling) return;
    settling = true;
    queueMicrotask(() => {
      settling = false;
      if (stopping.signal.aborted) return;
      try {
        settle();
      } catch (cause) {
        onBug(cause);
      }
    });
  };

  const byAge = (): readonly Hosted[] =>
    [...operators.values()].sort((a, b) => (ageOf(a.object) < ageOf(b.object) ? -1 : 1));

  /** Brings engine, watches and ledgers to what the Operators say, and each controller to where it may be. */
  const settle = (): void => {
    const ranked = byAge();
    const next = JSON.stringify(ranked.map(({ short, version }) => [short, version]));
    const running = runningOf(ranked);
    const renewed = next !== spec;
    let anew: ReadonlySet<string> = new Set();
    refs = new Map(ranked.map(({ short, ref }) => [short, ref]));
    if (renewed) {
      spec = next;
      anew = computing.rebuild(running.flatMap(({ controllers }) => controllers));
      sources.setFeeds(computing.pipelines.feeds);
      options.measured?.keep(computing.pipelines.controllers.map(({ id }) => id));
      setTimers(running.flatMap(({ controllers }) => controllers));
    } else {
      computing.flush();
    }
    books.setKinds(kindsOf(ranked));
    const changed = stand(running);
    if (renewed) books.setWriters(writersOf(running), anew);
    if (changed || renewed) books.replan();
    for (const operator of ranked) hold(operator);
  };

  /** Whether anyone's standing changed. */
  const stand = (running: readonly Hosted[]): boolean => {
    const standing = { pipelines: computing.pipelines, feeds: sources, ledgers: books };
    waits = new Map(
      running.flatMap((operator) =>
        operator.controllers.map((controller) => [controller.id, waitOf(controller, operator, standing)] as const),
      ),
    );
    const nowOpen = new Set([...waits].filter(([, { waiting }]) => waiting.length === 0).map(([id]) => id));
    const nowFrozen = new Set(
      running.flatMap(({ object, names }) =>
        names
          .filter((name) => !nowOpen.has(`${object.metadata.name}/${name}`))
          .map((name) => placeOf(object.metadata.name, name)),
      ),
    );
    const closed = [...operators.values()].filter(({ deleting, invalid }) => !deleting && invalid.length > 0);
    const nowClosed = new Set(closed.map(({ short }) => short));
    const changed = !sameSet(open, nowOpen) || !sameSet(frozen, nowFrozen) || !sameSet(frozenOperators, nowClosed);
    open = nowOpen;
    frozen = nowFrozen;
    frozenOperators = nowClosed;
    return changed;
  };

  const hold = (operator: Hosted): void => {
    const key = `hold ${operator.short}`;
    const isFrozen = (place: string): boolean => frozen.has(place);
    const action = holding(operator, kindsToHold(operator, { state: (kind) => books.state(kind), isFrozen }));
    if (action === undefined) acting.delete(key);
    else acting.set(key, action);
  };
  /** The clocks of Periodic sources, each with what stops it. */
  const timers = new Map<string, () => void>();
  const setTimers = (controllers: readonly Controller[]): void => {
    const wanted = new Map<string, { readonly id: string; readonly period: number }>(
      controllers.flatMap(({ id, sources: of }) =>
        of.flatMap(({ period }) =>
          period === undefined ? [] : [[`${id} ${String(period)}`, { id, period }] as const],
        ),
      ),
    );
    for (const [key, cancel] of [...timers]) {
      if (wanted.has(key)) continue;
      cancel();
      timers.delete(key);
    }
    for (const [key, { id, period }] of wanted)
      if (!timers.has(key)) every(key, Math.max(period, shortestPeriodMs), id);
  };
  const every = (key: string, ms: number, controller: string): void => {
    const tick = (): void => {
      timers.set(key, clock.after(ms, tick));
      try {
        computing.tick(controller);
      } catch (cause) {
        onBug(cause);
      }
    };
    timers.set(key, clock.after(ms, tick));
  };

  const put = (object: KubeObject): void => {
    const key = nameKey(object.metadata);
    operators.set(key, hosted(object, operators.get(key)));
  };
  let saidMissing = false;
  const watchOperators = (): Followed => {
    const { apiVersion, kind } = resourceTypes.Operator;
    const [group = "", version] = apiVersion.split("/");
    const followed: Followed = follow({ group, version, kind }, following, {
      selectionOf: () => ({ type: resourceTypes.Operator }),
      subscriber: {
        replace: (objects) => {
          const kept = new Set(objects.map(({ metadata }) => nameKey(metadata)));
          for (const key of [...operators.keys()]) if (!kept.has(key)) operators.delete(key);
          for (const object of objects) put(object);
          options.info({ operators: operators.size }, "running the pipelines of all Operators");
          soon();
        },
        upsert: (object) => {
          put(object);
          soon();
        },
        remove: ({ metadata }) => {
          operators.delete(nameKey(metadata));
          acting.delete(`hold ${shortName(metadata.name)}`);
          acting.delete(`status ${shortName(metadata.name)}`);
          soon();
        },
        changed: () => {
          const error = followed.target === undefined ? followed.error : undefined;
          if (error === undefined || saidMissing) return;
          saidMissing = true;
          onError(error, { kind }, "pipelines wait until the cluster has the Operator CRD and lets us read it");
        },
      },
    });
    return followed;
  };

  return {
    name: "pipelines",
    get pipelines() {
      return computing.pipelines;
    },
    watches: () => hub.health(),
    operators: () => operators.size,
    waiting: (controller) => waits.get(controller)?.waiting ?? [],
    run: async (signal) => {
      const stop = (): void => {
        stopping.abort();
      };
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      const bugs: Runner = { name: "host", run: (until) => Promise.race([untilAborted(until), bug.promise]) };
      const watching = watchOperators();
      try {
        await supervise([hub, computing, acting, bugs], signal);
      } finally {
        stopping.abort();
        watching.stop();
        options.measured?.keep([]);
        for (const cancel of timers.values()) cancel();
      }
    },
  };
}

/** Those whose controllers are to run. */
function runningOf(operators: readonly Hosted[]): readonly Hosted[] {
  return operators.filter(({ deleting, invalid }) => !deleting && invalid.length === 0);
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
