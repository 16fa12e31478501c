import { pipelinesController, refOf } from "@headgate/api";
import type { DesiredStatus, Json, KubeObject } from "@headgate/api";
import { sameValue } from "@headgate/delta";

/** How a controller fares. */
export interface Health {
  readonly name: string;
  /** Why it cannot run at all. */
  readonly broken: readonly string[];
  /** What it waits for before its first write. */
  readonly waiting: readonly string[];
  /** What stands in the way now, the latest last. */
  readonly errors: readonly string[];
}

type State = "True" | "False" | "Unknown";

interface Condition {
  readonly status: State;
  readonly reason: string;
  readonly message: string;
}

const mostErrors = 10;
const longestError = 245;

/** A text of at most 245 characters: of a longer one the beginning and the end. */
export function shortened(text: string): string {
  return text.length <= longestError ? text : `${text.slice(0, 119)}[...]${text.slice(-120)}`;
}

function conditionOf({ broken, waiting, errors }: Health): Condition {
  if (broken.length > 0) {
    return { status: "False", reason: "NotReady", message: `controller failed to start: ${broken.join("; ")}` };
  }
  if (waiting.length > 0) {
    const message = `nothing is written before all of it is known: waiting for ${waiting.join("; ")}`;
    return errors.length > 0
      ? { status: "False", reason: "NotReady", message }
      : { status: "Unknown", reason: "Starting", message };
  }
  if (errors.length > 0) {
    const count = errors.length === 1 ? "one error stands" : `${String(errors.length)} errors stand`;
    return {
      status: "Unknown",
      reason: "ReconciliationFailed",
      message: `controller seems functional but ${count}: ${shortened(errors.at(-1) ?? "")}`,
    };
  }
  return { status: "True", reason: "Ready", message: "controller is up and running" };
}

/** What an Operator's status is to be; undefined when it is so. `now` is RFC 3339 and goes where a condition changes. */
export function statusOf(
  object: KubeObject,
  { invalid, controllers }: { readonly invalid: readonly string[]; readonly controllers: readonly Health[] },
  now: string,
): DesiredStatus | undefined {
  const { generation = 0, resourceVersion = "" } = object.metadata;
  const before = record(object.status);
  const stamped = ({ status, reason, message }: Condition, observed: unknown): Json => {
    const was = record(list(observed).find((one) => record(one)["type"] === "Ready"));
    const since = was["status"] === status && typeof was["lastTransitionTime"] === "string";
    return {
      type: "Ready",
      status,
      reason,
      message: message.slice(0, 32_768),
      observedGeneration: generation,
      lastTransitionTime: since ? (was["lastTransitionTime"] as string) : now,
    };
  };
  const conditions = controllers.map(conditionOf);
  const each = controllers.map((health, i): Json => {
    const observed = record(list(before["controllers"]).find((one) => record(one)["name"] === health.name));
    const condition = conditions[i];
    const errors = [...health.broken, ...health.errors].slice(-mostErrors).map(shortened);
    return {
      name: health.name,
      conditions: condition === undefined ? [] : [stamped(condition, observed["conditions"])],
      lastErrors: errors,
    };
  });
  const status = {
    observedGeneration: generation,
    running: `${String(conditions.filter((one) => one.status === "True").length)}/${String(conditions.length)}`,
    conditions: [stamped(summary(invalid, controllers, conditions), before["conditions"])],
    controllers: each,
  };
  if (Object.entries(status).every(([name, value]) => sameValue(before[name], value))) return undefined;
  return { controller: pipelinesController, target: refOf(object), resourceVersion, status };
}

function summary(
  invalid: readonly string[],
  controllers: readonly Health[],
  conditions: readonly Condition[],
): Condition {
  if (invalid.length > 0) return { status: "False", reason: "NotReady", message: invalid.join("; ") };
  for (const status of ["False", "Unknown"] as const) {
    const found = conditions.flatMap((one, i) =>
      one.status === status ? [{ ...one, name: controllers[i]?.name }] : [],
    );
    const [first] = found;
    if (first === undefined) continue;
    const message = `${String(found.length)} of ${String(conditions.length)} controllers: ${found.map(({ name }) => name).join(", ")}`;
    return { status, reason: first.reason, message };
  }
  return { status: "True", reason: "Ready", message: "all controllers are up and running" };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
