import { pipelinesController, refOf } from "@headgate/api";
import type { Action, KubeObject, Notice } from "@headgate/api";
import type { Clock } from "@headgate/kube";
import { viewGroupSuffix } from "@headgate/pipeline";
import type { Pipelines, RowFault } from "@headgate/pipeline";

import { statusOf } from "./health.ts";
import type { Health } from "./health.ts";
import type { Hosted } from "./hosted.ts";
import { placeOf } from "./names.ts";
import type { Wait } from "./standing.ts";

/** Tells how controllers fare: in the statuses of their Operators, and by Events. */
export interface Report {
  /** Something may have changed. */
  soon(): void;
}

export interface ReportOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly operators: ReadonlyMap<string, Hosted>;
  readonly pipelines: () => Pipelines;
  readonly waitOf: (id: string) => Wait | undefined;
  /** What stands in the way of whom besides: place and text. */
  readonly problems: () => readonly (readonly [string, string])[];
  /** The object that a feed brought, as it is in the cluster. */
  readonly object: (feed: string, key: string) => KubeObject | undefined;
  readonly write: (key: string, action: Action | undefined) => void;
  readonly tell: (notice: Notice) => void;
  readonly onBug: (bug: unknown) => void;
}

/** Statuses are computed this long after the first thing that may change one. */
const afterMs = 100;
/** What failed and now works says nothing: while a failure stands it is looked at again. */
const againMs = 2_000;

/** A report that begins with its first `soon`. */
export function report(options: ReportOptions): Report {
  const { clock, signal, operators, pipelines, onBug } = options;
  let waits = false;
  let told = new Set<string>();

  const soon = (ms = afterMs): void => {
    if (waits) return;
    waits = true;
    clock.after(ms, () => {
      waits = false;
      if (signal.aborted) return;
      try {
        write();
      } catch (cause) {
        onBug(cause);
      }
    });
  };
  const write = (): void => {
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    const errors = errorsOf(pipelines(), options.problems());
    const telling = new Set<string>();
    const say = (id: string, notice: Omit<Notice, "controller" | "type">): void => {
      telling.add(id);
      if (!told.has(id)) options.tell({ controller: pipelinesController, type: "Warning", ...notice });
    };
    let failing = false;
    for (const operator of operators.values()) {
      const controllers = operator.names.map((name) => healthOf(operator, name, errors));
      failing ||= controllers.some((health) => health.errors.length > 0);
      const desired = statusOf(operator.object, { invalid: operator.invalid, controllers }, now);
      options.write(`status ${operator.short}`, desired && { do: "status", desired });
      for (const { name, broken, errors: all } of controllers) {
        const reason = broken.length > 0 ? "ControllerNotReady" : "ControllerError";
        for (const text of [...broken, ...all]) {
          const message = `controller ${name}: ${text}`;
          say(`${operator.short} ${message}`, { about: operator.ref, reason, message });
        }
      }
    }
    for (const fault of pipelines().faults()) sayFault(fault, say);
    told = telling;
    if (failing) soon(againMs);
  };
  const sayFault = (
    { controller, message, at, objects }: RowFault,
    say: (id: string, notice: Omit<Notice, "controller" | "type">) => void,
  ): void => {
    for (const { feed, key } of objects) {
      const object = options.object(feed, key);
      if (object === undefined) continue;
      const text = `controller ${controller} leaves it out: ${message} (${at})`;
      say(`${feed} ${key} ${text}`, { about: refOf(object), reason: "PipelineFault", message: text });
    }
  };
  const healthOf = (operator: Hosted, name: string, errors: ReadonlyMap<string, readonly string[]>): Health => {
    const id = `${operator.object.metadata.name}/${name}`;
    const faulty = operator.faulty.find((one) => one.id === id);
    const wait = options.waitOf(id);
    return {
      name,
      broken: (faulty?.problems ?? []).map(({ at, message }) => `${at}: ${message}`),
      waiting: wait?.waiting ?? [],
      errors: [...(wait?.errors ?? []), ...(errors.get(placeOf(operator.object.metadata.name, name)) ?? [])],
    };
  };
  return {
    soon: () => {
      soon();
    },
  };
}

/** Everything that stands in the way of a controller, by its place. */
function errorsOf(
  pipelines: Pipelines,
  problems: readonly (readonly [string, string])[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (place: string, text: string): void => {
    found.set(place, [...(found.get(place) ?? []), text]);
  };
  for (const { target, key, controllers, fields } of pipelines.conflicts()) {
    // Who of several writes an object of the cluster is decided where it is written.
    if (controllers.length > 1 && !target.includes(`.${viewGroupSuffix}/`)) continue;
    const others = controllers.length > 1 ? ` (${controllers.join(", ")})` : "";
    const what = fields.length === 0 ? "" : ` about ${fields.join(", ")}`;
    for (const id of new Set(controllers)) add(shortPlace(id), `${target} ${key}: rows disagree${what}${others}`);
  }
  for (const { controller, message, at, objects } of pipelines.faults()) {
    const which = objects.map(({ feed, key }) => `${feed.replace(/#.*/, "")} ${key}`).join(", ");
    add(shortPlace(controller), `${which}: left out: ${message} (${at})`);
  }
  for (const [place, text] of problems) add(place, text);
  return found;
}

/** The place of a controller by its id. */
export function shortPlace(id: string): string {
  const slash = id.indexOf("/");
  return placeOf(id.slice(0, slash), id.slice(slash + 1));
}
