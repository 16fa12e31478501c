import type { Action, Desired, DesiredStatus, KubeObject, Observed } from "@headgate/api";
import { fieldManager, OpError, refOf } from "@headgate/api";
import type { Client } from "./client.ts";
import { adoptedFields } from "./leftovers.ts";

/**
 * What an action came to: `unchanged` when the API server had it all already; `gone` when there was nothing left to delete;
 * `dropped` when the object has moved on and a newer action will come of that.
 */
export type Outcome = "created" | "changed" | "unchanged" | "deleted" | "gone" | "dropped";

/**
 * Carries out one action. Throws OpError.
 *
 * Creating is a POST, because it is the only write that Kubernetes promises to fail when the name is taken: server-side apply
 * would merge into whatever someone else put there since we looked. Changing is a server-side apply with metadata.uid,
 * which fails unless that very incarnation is there. It is forced, as Kubernetes advises controllers to do: the plan has found
 * the object to be ours, so a field that we want and someone else wrote is taken back; fields that we don't send are never touched.
 */
export function act(client: Client, action: Action, signal: AbortSignal): Promise<Outcome> {
  switch (action.do) {
    case "apply":
      return action.observed === undefined
        ? create(client, action.desired, signal)
        : change(client, action.desired, action.observed, signal);
    case "delete":
      return remove(client, action, signal);
    case "status":
      return writeStatus(client, action.desired, signal);
  }
}

async function create(client: Client, { object, controller }: Desired, signal: AbortSignal): Promise<Outcome> {
  await client.create(object, { manager: fieldManager(controller), signal });
  return "created";
}

async function change(
  client: Client,
  { object, controller }: Desired,
  observed: Observed,
  signal: AbortSignal,
): Promise<Outcome> {
  const manager = fieldManager(controller);
  const body = { ...object, metadata: { ...object.metadata, uid: observed.uid } };
  const applied = await client.apply(body, { manager, force: true, signal });
  const adopted = adoptedFields(applied, manager);
  if (adopted === undefined) {
    return applied.metadata.resourceVersion === observed.resourceVersion ? "unchanged" : "changed";
  }
  // Once in an object's life, when it is first changed: from here on, what we no longer apply goes away.
  const ref = refOf(applied);
  await client.patch(ref, [...pinned(applied), { op: "replace", path: "/metadata/managedFields", value: adopted }], {
    type: "json",
    manager,
    signal,
  });
  await client.apply(body, { manager, force: true, signal });
  return "changed";
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

/** A JSON patch that names the resource version fails with a conflict when the object has moved on. */
function pinned(object: KubeObject): readonly unknown[] {
  return [{ op: "replace", path: "/metadata/resourceVersion", value: object.metadata.resourceVersion }];
}
