import type { Action, Desired, DesiredStatus, KubeObject, Observed } from "@headgate/api";
import { fieldManager, OpError, refOf } from "@headgate/api";
import type { Client } from "./client.ts";
import { adoptedFields } from "./leftovers.ts";

/**
 * What an action came to: `unchanged` when the API server had it all already; `gone` when there was nothing left to delete;
 * `dropped` when the object has moved on and a newer action will come of that.
 */
export type Outcome = "created" | "changed" | "unchanged" | "deleted" | "gone" | "dropped";

/** What was done, and the incarnation and version that an apply left behind. */
export interface Effect {
  readonly outcome: Outcome;
  readonly written?: Observed;
}

/**
 * Carries out one action. Throws OpError.
 *
 * Creating is a POST, because it is the only write that Kubernetes promises to fail when the name is taken: server-side apply
 * would merge into whatever someone else put there since we looked. Changing is a server-side apply with metadata.uid,
 * which fails unless that very incarnation is there. It is forced, as Kubernetes advises controllers to do: the plan has found
 * the object to be ours, so a field that we want and someone else wrote is taken back; fields that we don't send are never touched.
 */
export async function act(client: Client, action: Action, signal: AbortSignal): Promise<Effect> {
  switch (action.do) {
    case "apply":
      return action.observed === undefined
        ? create(client, action.desired, signal)
        : change(client, action.desired, action.observed, signal);
    case "delete":
      return { outcome: await remove(client, action, signal) };
    case "release":
      return { outcome: await release(client, action, signal) };
    case "status":
      return { outcome: await writeStatus(client, action.desired, signal) };
  }
}

async function create(client: Client, { object, controller }: Desired, signal: AbortSignal): Promise<Effect> {
  const made = await client.create(object, { manager: fieldManager(controller), signal });
  return effect("created", made);
}

function effect(outcome: Outcome, { metadata: { uid, resourceVersion } }: KubeObject): Effect {
  return uid === undefined || resourceVersion === undefined
    ? { outcome }
    : { outcome, written: { uid, resourceVersion } };
}

/**
 * One write, unless there is something to hand over first: a field that we created and now drop, which only the manager's own
 * earlier apply could take away.
 *
 * The handover comes before the apply, never after: as long as the apply is not done the plan still sees the difference, so
 * whatever is lost on the way, or a crash, only means that all of it is done again.
 */
async function change(
  client: Client,
  { object, controller, subresource }: Desired,
  observed: Observed,
  signal: AbortSignal,
): Promise<Effect> {
  const manager = fieldManager(controller);
  const current = await client.get(refOf(object), { signal });
  if (current.metadata.uid !== observed.uid) {
    throw new OpError("CONFLICT", `${object.kind} ${object.metadata.name} is another one than was observed`);
  }
  const adopted = subresource === undefined ? adoptedFields(current, object, manager) : undefined;
  const base = adopted === undefined ? current : await handOver(client, { current, adopted, manager }, signal);
  const body = { ...object, metadata: { ...object.metadata, uid: observed.uid } };
  const applied = await client.apply(body, { manager, force: true, signal, ...(subresource && { subresource }) });
  return effect(applied.metadata.resourceVersion === base.metadata.resourceVersion ? "unchanged" : "changed", applied);
}

/** Makes what we own by creating ours by applying. Throws CONFLICT when the object has moved on since it was read. */
function handOver(
  client: Client,
  { current, adopted, manager }: { current: KubeObject; adopted: readonly unknown[]; manager: string },
  signal: AbortSignal,
): Promise<KubeObject> {
  const patch = [
    { op: "replace", path: "/metadata/resourceVersion", value: current.metadata.resourceVersion },
    { op: "replace", path: "/metadata/managedFields", value: adopted },
  ];
  return client.patch(refOf(current), patch, { type: "json", manager, signal });
}

async function remove(
  client: Client,
  { target }: Extract<Action, { do: "delete" }>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await client.delete(target, { uid: target.uid, propagation: "Background", signal });
    return "deleted";
  } catch (error) {
    // Not there, or another object of that name: either way the one that was to go is gone.
    if (error instanceof OpError && (error.code === "NOT_FOUND" || error.code === "CONFLICT")) return "gone";
    throw error;
  }
}

/** Throws CONFLICT when the object has moved on since it was read. */
async function release(
  client: Client,
  { target, finalizer, controller }: Extract<Action, { do: "release" }>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const { uid, resourceVersion, finalizers = [] } = (await client.get(target, { signal })).metadata;
    if (uid !== target.uid) return "gone";
    if (!finalizers.includes(finalizer)) return "unchanged";
    const kept = finalizers.filter((one) => one !== finalizer);
    const manager = fieldManager(controller);
    await client.patch(
      target,
      { metadata: { uid, resourceVersion, finalizers: kept } },
      { type: "merge", manager, signal },
    );
    return "changed";
  } catch (error) {
    if (error instanceof OpError && error.code === "NOT_FOUND") return "gone";
    throw error;
  }
}

async function writeStatus(
  client: Client,
  { target, status, resourceVersion, controller }: DesiredStatus,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const written = await client.patch(
      target,
      { metadata: { resourceVersion, ...(target.uid === undefined ? {} : { uid: target.uid }) }, status },
      { type: "merge", subresource: "status", manager: fieldManager(controller), signal },
    );
    return written.metadata.resourceVersion === resourceVersion ? "unchanged" : "changed";
  } catch (error) {
    // The watch brings the newer object, and with it a status computed from that; or its deletion, and then none.
    if (error instanceof OpError && (error.code === "NOT_FOUND" || error.code === "CONFLICT")) return "dropped";
    throw error;
  }
}
