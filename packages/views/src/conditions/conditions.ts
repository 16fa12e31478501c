import { refOf } from "@headgate/api";
import type { DesiredStatus, Json, KubeObject } from "@headgate/api";
import { sameValue } from "@headgate/delta";
import { fields, list, text } from "../read/index.ts";

/** A condition as a view can know it: when it last changed is for the writer to say (`stamp`). */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** What the schema of a condition allows. */
const longestMessage = 32_768;

/**
 * The list of conditions after ours are set: others' types and the order stay as observed.
 *
 * `lastTransitionTime` is kept where the status is the same and absent where it changes.
 */
export function mergeConditions(
  observed: unknown,
  generation: number | undefined,
  wanted: readonly Condition[],
): readonly Json[] {
  const left = new Map(wanted.map((c) => [c.type, c]));
  const kept = list(observed).map((found): Json => {
    const type = text(fields(found)["type"]) ?? "";
    const condition = left.get(type);
    if (condition === undefined) return found as Json;
    left.delete(type);
    return rendered(condition, generation, found);
  });
  return [...kept, ...[...left.values()].map((condition) => rendered(condition, generation, undefined))];
}

function rendered({ type, status, reason, message }: Condition, generation: number | undefined, found: unknown): Json {
  const { status: was, lastTransitionTime: since } = fields(found) as { status?: Json; lastTransitionTime?: Json };
  return {
    type,
    status,
    reason,
    message: message.slice(0, longestMessage),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(was === status && since !== undefined ? { lastTransitionTime: since } : {}),
  };
}

/** The write that makes `status` so; nothing when the object says all of it already. */
export function statusRow(
  controller: string,
  object: KubeObject,
  status: Readonly<Record<string, Json>>,
): readonly (readonly [string, DesiredStatus])[] {
  const observed = fields(object.status);
  if (Object.entries(status).every(([field, value]) => sameValue(observed[field], value))) return [];
  return [["", { controller, target: refOf(object), resourceVersion: object.metadata.resourceVersion ?? "", status }]];
}

/**
 * Fills in when conditions last changed, for each that does not say.
 *
 * `now` is RFC 3339. A view reads no clock, so it leaves out `lastTransitionTime` for a condition that changes; whoever writes stamps it.
 */
export function stamp(desired: DesiredStatus, now: string): DesiredStatus {
  return { ...desired, status: stampAll(desired.status, now) as DesiredStatus["status"] };
}

function stampAll(value: Json, now: string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => stampAll(item, now));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(
    entries.map(([k, v]) => [k, k === "conditions" ? stampConditions(v, now) : stampAll(v, now)]),
  );
}

function stampConditions(value: Json, now: string): Json {
  const stamped = list(value).map((c) => ({ lastTransitionTime: now, ...fields(c) }));
  return stamped;
}
