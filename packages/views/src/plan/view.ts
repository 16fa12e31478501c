import { identityKey, quote, refOf } from "@headgate/api";
import type { Action, Desired, KubeObject, Notice, Refused } from "@headgate/api";
import { antiJoin, defineView, filter, flatMap, groupBy, leftJoin, map, union } from "@headgate/delta";
import type { Collection, Key, View } from "@headgate/delta";
import { isMarked, ownersOf } from "./ownership.ts";
import type { Marks } from "./ownership.ts";
import { stamped } from "./stamp.ts";
import { planUnit, refusalNotice } from "./unit.ts";
import { judge, unwanted } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

export interface PlanSettings {
  readonly controller: string;
  readonly marks: Marks;
  /** The kinds of the objects, each after those that it builds on: Service before HTTPRoute. Kinds of one list don't build on each other. */
  readonly order: readonly (string | readonly string[])[];
  /** The only namespace that is served; empty: all of them. */
  readonly namespace: string;
  /** Objects of one unit are made together or not at all. Left out: those of one owner. */
  readonly unit?: (desired: Desired) => Key;
  /** The unit of an object of ours that nobody desires any more; must be that which it had. Left out: its owner's. */
  readonly unitOf?: (object: KubeObject) => Key | undefined;
  /** Which of our objects that nobody desires are to go. Left out: all of them. */
  readonly toRemove?: (left: Collection<KubeObject>) => Collection<KubeObject>;
}

export interface PlanInputs {
  /** At most one row for an object; two for one are a refusal on both owners. */
  readonly desired: Desired;
  /** Every object of the kinds in `order` that exists, whoever made it. Keyed `identityKey`. */
  readonly observed: KubeObject;
}

export interface PlanOutputs {
  /** What to do now, keyed `identityKey` of the object: none when nothing differs. */
  readonly actions: Action;
  readonly notices: Notice;
  /** Why desired objects are not made, keyed by unit and object; each is among the notices too. */
  readonly refusals: Refused;
}

interface Wanted {
  readonly key: Key;
  readonly unit: Key;
  readonly desired: Desired;
}

/** The smallest next steps from what exists to what is desired, never touching what is not ours. */
export function plan(settings: PlanSettings): View<PlanInputs, PlanOutputs> {
  const { controller, marks, namespace, order } = settings;
  const name = (part: string): string => `${controller}/plan/${part}`;
  return defineView<PlanInputs, PlanOutputs>({
    name: name("actions"),
    doc: "The smallest next steps from what exists to what is desired, never touching what is not ours.",
    inputs: ["desired", "observed"],
    build({ desired, observed }) {
      const { sole, contested } = wantedOf(desired, settings);
      const judged = leftJoin(sole, observed, {
        name: name("judged"),
        leftKey: ({ key }) => key,
        rightKey: (_, key) => key,
        row: (wanted, object) => judge(wanted.desired, object, wanted.unit, marks),
      });
      const ours = filter(observed, {
        name: name("ours"),
        // Labels are copied with a manifest; the owner is what makes an object ours to remove.
        where: (object) =>
          isMarked(object, marks) &&
          ownersOf(object, marks).length > 0 &&
          (namespace === "" || object.metadata.namespace === namespace),
      });
      const left = antiJoin(ours, sole, {
        name: name("left-over"),
        leftKey: (_, key) => key,
        rightKey: ({ key }) => key,
      });
      const going = settings.toRemove?.(left) ?? left;
      const verdicts = union(
        { name: name("verdicts") },
        {
          judged,
          contested,
          left: map(going, { name: name("unwanted"), row: (object) => unwanted(object, settings.unitOf?.(object)) }),
        },
      );
      const units = groupBy(verdicts, {
        name: name("units"),
        by: ({ unit }) => unit,
        reduce: (rows) =>
          planUnit(
            rows.map(([, verdict]) => verdict),
            controller,
            (kind) => order.findIndex((kinds) => kinds === kind || (Array.isArray(kinds) && kinds.includes(kind))),
          ),
      });
      const refusals = flatMap(units, { name: name("refusals"), rows: ({ refused }) => refused });
      return {
        actions: byIdentity(
          flatMap(units, { name: name("unit-actions"), rows: (unit) => unit.actions }),
          name("actions"),
        ),
        refusals,
        notices: map(refusals, { name: name("notices"), row: (row) => refusalNotice(row, controller) }),
      };
    },
  });
}

/** Sorts what is desired by object: one row for each that one owner alone desires, a refusal for each claimant of the others. */
function wantedOf(
  desired: Collection<Desired>,
  { controller, unit }: PlanSettings,
): { readonly sole: Collection<Wanted>; readonly contested: Collection<Verdict> } {
  const claims = groupBy(desired, {
    name: `${controller}/plan/claims`,
    by: ({ object }) => identityKey(refOf(object)),
    reduce: (rows, key) =>
      rows.map(([, row]): Wanted => ({
        key,
        unit: unit?.(row) ?? row.owner.uid ?? identityKey(row.owner),
        desired: stamped(row),
      })),
  });
  const sole = flatMap(claims, {
    name: `${controller}/plan/sole`,
    rows: (rows) => (rows.length === 1 ? rows.map((row) => ["", row] as const) : []),
  });
  const contested = flatMap(claims, {
    name: `${controller}/plan/contested`,
    rows: (rows) => (rows.length === 1 ? [] : rows.map((row, i) => [String(i), contest(row, rows)] as const)),
  });
  return { sole, contested };
}

function contest({ key, unit, desired }: Wanted, rivals: readonly Wanted[]): Verdict {
  const { kind, metadata } = desired.object;
  const others = rivals
    .filter((rival) => rival.desired !== desired)
    .map(({ desired: { owner } }) => `${owner.kind} ${quote(owner.name)}`);
  const message = `${kind} ${quote(metadata.name)} is also wanted by ${others.join(", ")}; none of them gets it`;
  return { key, unit, desired, existing: undefined, is: "refused", refusal: { reason: "NameConflict", message } };
}

/** Actions under the identity of their object. There is one verdict for each object that is not contested, hence one action. */
function byIdentity(actions: Collection<Action>, name: string): Collection<Action> {
  return groupBy(actions, {
    name,
    by: (action) => {
      if (action.do === "delete") return identityKey(action.target);
      return action.do === "apply" ? identityKey(refOf(action.desired.object)) : undefined;
    },
    reduce: (rows, key) => {
      if (rows.length > 1) throw new Error(`two actions for ${key}`);
      return rows[0]?.[1];
    },
  });
}
