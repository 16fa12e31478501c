import { identityKey, refOf } from "@headgate/api";
import type { Action, KubeObject, OpError } from "@headgate/api";
import type { Actuator, Result, Sink } from "@headgate/kube";

import { bodiesOf } from "./body.ts";
import type { Row, Target } from "./body.ts";
import type { Claim } from "./claims.ts";
import { decide, foreign, tracesIn } from "./decide.ts";
import type { Known } from "./decide.ts";

/** A controller that writes to a ledger's kind. */
export interface LedgerWriter {
  /** `operator/controller`. */
  readonly id: string;
  /** The same, both short. */
  readonly place: string;
  readonly how: "Updater" | "Patcher";
  readonly rank: string;
}

/** What is wanted of the objects of one kind, and what they are: the difference is handed to the actuator. */
export interface Ledger {
  /** Feeds what there is. */
  readonly sink: Sink;
  /** Makes the rows all that the controller wants. */
  replace(writer: LedgerWriter, rows: ReadonlyMap<string, Row>): void;
  set(writer: LedgerWriter, key: string, row: Row | undefined): void;
  /** The controller is no more: what it made goes, unless it is frozen. */
  forget(writer: LedgerWriter): void;
  /** Decides all anew: someone's standing has changed. */
  replan(): void;
  /** Who has anything in any of the objects: `operator/controller`, both short. Cost: all objects. */
  traces(): ReadonlySet<string>;
  /** What stands in the way now, each with the place of the controller that it is in the way of. */
  problems(): readonly (readonly [string, string])[];
  /** Takes back everything that waits to be done. */
  close(): void;
}

export interface LedgerOptions {
  readonly target: Target;
  readonly acting: Pick<Actuator, "set" | "delete">;
  readonly known: Known;
  /** Whether a controller knows all of what it wants, and may write. */
  readonly isOpen: (id: string) => boolean;
  readonly onProblems: () => void;
  /** Someone of ours has nothing in an object any more. */
  readonly onTraceGone: () => void;
}

interface Place {
  readonly claims: Map<string, Claim>;
  /** Rows that cannot be written, by controller. */
  readonly faulty: Map<string, string>;
  observed: KubeObject | undefined;
  problems: ReadonlyMap<string, string>;
  actions: ReadonlyMap<string, Action>;
}

/** A ledger and what hears of its actions. */
export function ledger(options: LedgerOptions): Ledger & { readonly onResult: (result: Result) => void } {
  const { target, acting, known, isOpen, onProblems, onTraceGone } = options;
  const places = new Map<string, Place>();
  /** Where each controller wants its rows, by the keys of its rows. */
  const wants = new Map<string, Map<string, string>>();
  /** What the actuator was given and has not been told to leave, with the place that it is done for and why it failed. */
  const given = new Map<string, { readonly place: string; failure: string | undefined }>();
  const actionKey = (key: string, id: string): string => `${target.type.apiVersion} ${key} ${id}`;

  const placeOf = (key: string): Place => {
    const known = places.get(key);
    if (known !== undefined) return known;
    const made: Place = {
      claims: new Map(),
      faulty: new Map(),
      observed: undefined,
      problems: new Map(),
      actions: new Map(),
    };
    places.set(key, made);
    return made;
  };
  const plan = (key: string): void => {
    const place = places.get(key);
    if (place === undefined) return;
    const claims = [...place.claims.values()].filter(({ id }) => isOpen(id));
    const { actions, problems } = decide({ observed: place.observed, claims, known });
    const before = place.actions;
    for (const id of before.keys()) {
      if (actions.has(id)) continue;
      const gone = actionKey(key, id);
      acting.delete(gone);
      if (given.get(gone)?.failure !== undefined) onProblems();
      given.delete(gone);
    }
    for (const [id, action] of actions) {
      const whole = actionKey(key, id);
      if (!given.has(whole)) given.set(whole, { place: id.slice(id.indexOf(" ") + 1), failure: undefined });
      acting.set(whole, action);
    }
    place.actions = actions;
    if (place.problems.size > 0 || problems.size > 0) onProblems();
    place.problems = problems;
    if (place.observed === undefined && place.claims.size === 0 && place.faulty.size === 0 && actions.size === 0) {
      places.delete(key);
    }
  };
  const put = (writer: LedgerWriter, rowKey: string, row: Row | undefined): void => {
    const mine = wants.get(writer.id) ?? new Map<string, string>();
    wants.set(writer.id, mine);
    const was = mine.get(rowKey);
    const bodies = row === undefined ? undefined : bodiesOf(row, target, writer);
    const key = bodies === undefined || typeof bodies === "string" ? `row ${rowKey}` : identityKey(refOf(bodies.main));
    if (was !== undefined && (was !== key || bodies === undefined)) {
      const place = placeOf(was);
      place.claims.delete(writer.id);
      if (place.faulty.delete(writer.place)) onProblems();
      mine.delete(rowKey);
      plan(was);
    }
    if (bodies === undefined) return;
    mine.set(rowKey, key);
    const place = placeOf(key);
    if (typeof bodies === "string") {
      place.faulty.set(writer.place, `${target.type.kind} ${rowKey}: ${bodies}`);
      onProblems();
      return;
    }
    place.claims.set(writer.id, { ...writer, bodies });
    plan(key);
  };
  const observe = (key: string, object: KubeObject | undefined): void => {
    if (object === undefined && !places.has(key)) return;
    const place = placeOf(key);
    const before = place.observed === undefined ? [] : tracesIn(place.observed);
    place.observed = object;
    plan(key);
    if (before.length > 0 && before.length > (object === undefined ? 0 : tracesIn(object).length)) onTraceGone();
  };
  const keyOf = (object: KubeObject): string => identityKey(refOf(object));

  return {
    sink: {
      replace: (objects) => {
        const kept = new Set(objects.map(keyOf));
        for (const [key, { observed }] of [...places]) {
          if (observed !== undefined && !kept.has(key)) observe(key, undefined);
        }
        for (const object of objects) observe(keyOf(object), object);
      },
      upsert: (object) => {
        observe(keyOf(object), object);
      },
      remove: (object) => {
        observe(keyOf(object), undefined);
      },
    },
    replace: (writer, rows) => {
      for (const rowKey of [...(wants.get(writer.id)?.keys() ?? [])]) {
        if (!rows.has(rowKey)) put(writer, rowKey, undefined);
      }
      for (const [rowKey, row] of rows) put(writer, rowKey, row);
    },
    set: put,
    forget: ({ id, place: short }) => {
      const mine = wants.get(id);
      wants.delete(id);
      for (const key of mine?.values() ?? []) {
        const place = places.get(key);
        place?.claims.delete(id);
        place?.faulty.delete(short);
        plan(key);
      }
    },
    replan: () => {
      for (const key of [...places.keys()]) plan(key);
    },
    traces: () => new Set([...places.values()].flatMap(({ observed }) => (observed ? tracesIn(observed) : []))),
    problems: () => {
      const found: (readonly [string, string])[] = [];
      for (const { faulty, problems } of places.values()) found.push(...faulty, ...problems);
      for (const { place, failure } of given.values()) if (failure !== undefined) found.push([place, failure]);
      return found;
    },
    close: () => {
      for (const key of given.keys()) acting.delete(key);
      given.clear();
      places.clear();
    },
    onResult: ({ key, action, error }) => {
      const work = given.get(key);
      if (work === undefined) return;
      const failure = error === undefined ? undefined : sayFailure(error, action);
      if (work.failure === failure) return;
      work.failure = failure;
      onProblems();
    },
  };
}

function sayFailure(error: OpError, action: Action): string {
  if (action.do === "status") return error.message;
  if (action.do === "apply" && error.code === "ALREADY_EXISTS") return foreign(action.desired.object);
  const { kind, namespace, name } = "target" in action ? action.target : refOf(action.desired.object);
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}: ${error.message}`;
}
