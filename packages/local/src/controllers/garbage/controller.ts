import { hasStatus } from "../../client/api.ts";
import type { KubeObject, OwnerReference } from "../../client/object.ts";
import type { Resource } from "../../client/resource.ts";
import { workQueue } from "../../client/work-queue.ts";
import type { Controller, ControllerContext } from "../context.ts";
import type { KindsServed } from "../kinds-served.ts";
import { foreground, judge, type OwnerState, type Verdict } from "./decide.ts";

interface Known {
  readonly object: KubeObject;
  readonly resource: Resource;
}

/** Deletes what has no owner left, and carries out foreground and orphaning deletions. Owners are known by UID. */
export function startGarbageCollection(context: ControllerContext, kinds: KindsServed): Controller {
  const { clock, onError } = context;
  const known = new Map<string, Known>();
  /** Dependents by the UID of an owner, also of one that was never seen. */
  const dependents = new Map<string, Set<string>>();
  /** Those with an owner of a kind that nobody knows yet. */
  const undecided = new Set<string>();

  const dependentsOf = (owner: KubeObject): KubeObject[] =>
    [...(dependents.get(owner.metadata.uid) ?? [])].flatMap((uid) => {
      const object = known.get(uid)?.object;
      return object !== undefined && mayOwn(owner, object) ? [object] : [];
    });
  const queue = workQueue({
    clock,
    onError: (error, uid) => {
      const object = known.get(uid)?.object;
      onError(error, `Garbage ${object?.kind ?? ""} ${object?.metadata.name ?? uid}`);
    },
    async reconcile(uid) {
      await kinds.synced;
      const subject = known.get(uid);
      if (subject === undefined) {
        undecided.delete(uid);
        return;
      }
      const states = new Map<OwnerReference, OwnerState>();
      for (const owner of subject.object.metadata.ownerReferences ?? []) {
        states.set(owner, await ownerState(context, kinds, { subject, owner, cached: known.get(owner.uid)?.object }));
      }
      if ([...states.values()].includes("unknown")) undecided.add(uid);
      else undecided.delete(uid);
      const verdict = judge({
        object: subject.object,
        dependents: dependentsOf(subject.object),
        ownerState: (owner) => states.get(owner) ?? "unknown",
      });
      if (verdict.do === "delete-dependents") for (const dependent of verdict.of) queue.add(dependent);
      await perform(
        context,
        subject,
        verdict,
        dependentsOf(subject.object).flatMap((object) => known.get(object.metadata.uid) ?? []),
      );
    },
  });
  const link = (object: KubeObject, add: boolean): void => {
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const of = dependents.get(uid) ?? new Set<string>();
      if (add) dependents.set(uid, of.add(object.metadata.uid));
      else if (of.delete(object.metadata.uid) && of.size === 0) dependents.delete(uid);
    }
  };
  kinds.onInformer((informer) => {
    for (const uid of undecided) queue.add(uid);
    informer.onChange((before, after) => {
      if (before !== undefined) link(before, false);
      const object = after ?? before;
      if (object === undefined) return;
      const { uid } = object.metadata;
      if (after === undefined) known.delete(uid);
      else {
        link(after, true);
        known.set(uid, { object: after, resource: informer.resource });
        if (worthALook(after)) queue.add(uid);
      }
      // A dependent may now be without owner, or be waited for; an owner may have waited for this one.
      const going = after?.metadata.deletionTimestamp !== undefined;
      if (after === undefined || going) for (const dependent of dependents.get(uid) ?? []) queue.add(dependent);
      for (const version of [before, after]) {
        for (const owner of version?.metadata.ownerReferences ?? [])
          if (isGoing(known.get(owner.uid))) queue.add(owner.uid);
      }
    });
  });
  return queue;
}

function worthALook(object: KubeObject): boolean {
  const { ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata;
  return deletionTimestamp === undefined ? ownerReferences.length > 0 : finalizers.length > 0;
}

function isGoing(owner: Known | undefined): boolean {
  return owner?.object.metadata.deletionTimestamp !== undefined;
}

/** An owner is in the same namespace as its dependent, or in none. */
function mayOwn(owner: KubeObject, dependent: KubeObject): boolean {
  const { namespace } = owner.metadata;
  return namespace === undefined || namespace === dependent.metadata.namespace;
}

async function ownerState(
  context: ControllerContext,
  kinds: KindsServed,
  question: { subject: Known; owner: OwnerReference; cached: KubeObject | undefined },
): Promise<OwnerState> {
  const { subject, owner, cached } = question;
  const stateOf = ({ metadata }: KubeObject): OwnerState =>
    metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(foreground) === true
      ? "waiting"
      : "present";
  if (cached !== undefined && mayOwn(cached, subject.object)) return stateOf(cached);
  const resource = kinds.resolve(owner);
  if (resource === undefined) return "unknown";
  const { namespace } = subject.object.metadata;
  // A cluster-scoped object cannot name an owner in a namespace: which one is never said.
  if (resource.namespaced && namespace === undefined) return "unknown";
  try {
    // The cache may lag behind: only the server's word is enough to delete by.
    const target = { name: owner.name, ...(resource.namespaced ? { namespace } : {}) };
    const found = await context.api.get(resource, target);
    return found.metadata.uid === owner.uid ? stateOf(found) : "absent";
  } catch (error) {
    if (hasStatus(error, 404)) return "absent";
    throw error;
  }
}

async function perform(
  context: ControllerContext,
  subject: Known,
  verdict: Verdict,
  dependents: readonly Known[],
): Promise<void> {
  const { api } = context;
  const { object, resource } = subject;
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  try {
    if (verdict.do === "delete") {
      await api.remove(resource, target(object), { uid, resourceVersion, propagationPolicy: verdict.propagation });
    } else if (verdict.do === "disown") {
      const metadata = { uid, resourceVersion, ownerReferences: verdict.keep };
      await api.patch(resource, target(object), { metadata });
    } else if (verdict.do === "release") {
      const rest = finalizers.filter((finalizer) => finalizer !== verdict.finalizer);
      await api.patch(resource, target(object), { metadata: { uid, resourceVersion, finalizers: rest } });
    } else if (verdict.do === "orphan-dependents") {
      for (const dependent of dependents) {
        const { metadata } = dependent.object;
        const ownerReferences = (metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
        const patch = { metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion, ownerReferences } };
        await api.patch(dependent.resource, target(dependent.object), patch);
      }
    }
  } catch (error) {
    // Gone meanwhile.
    if (!hasStatus(error, 404)) throw error;
  }
}

function target(object: KubeObject): { namespace?: string | undefined; name: string } {
  const { namespace, name } = object.metadata;
  return { namespace, name };
}
