import { hasStatus } from "../../client/api.ts";
import type { Namespace } from "../../client/kinds.ts";
import { objectKey, splitKey } from "../../client/object.ts";
import { resources } from "../../client/resource.ts";
import { workQueue } from "../../client/work-queue.ts";
import type { Controller, ControllerContext } from "../context.ts";
import type { KindsServed } from "../kinds-served.ts";

const finalizer = "kubernetes";

/** Deletes what is in a namespace that is being deleted, then lets the namespace go. */
export function startNamespaces(context: ControllerContext, kinds: KindsServed): Controller {
  const { api, informers, clock, onError } = context;
  const namespaces = informers.of(resources.namespaces);

  const queue = workQueue({
    clock,
    onError: (error, key) => {
      onError(error, `Namespace ${key}`);
    },
    async reconcile(key) {
      const namespace = namespaces.get(key);
      if (namespace === undefined || !isGoing(namespace)) return;
      await kinds.synced;
      const left = await empty(context, kinds, splitKey(key).name);
      if (left > 0) return;
      const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== finalizer);
      if (finalizers.length === namespace.spec?.finalizers?.length) return;
      await api.replace(resources.namespaces, { ...namespace, spec: { ...namespace.spec, finalizers } }, "finalize");
    },
  });
  namespaces.onChange((_, after) => {
    if (after !== undefined && isGoing(after)) queue.add(objectKey(after));
  });
  kinds.onInformer((informer) => {
    if (!informer.resource.namespaced) return;
    informer.onChange((before, after) => {
      // Something has left or has appeared late.
      if (before !== undefined && after !== undefined) return;
      const key = `/${(after ?? before)?.metadata.namespace ?? ""}`;
      const namespace = namespaces.get(key);
      if (namespace !== undefined && isGoing(namespace)) queue.add(key);
    });
  });
  return queue;
}

function isGoing(namespace: Namespace): boolean {
  return namespace.metadata.deletionTimestamp !== undefined;
}

/** Deletes what is not yet going; returns how many objects are left, as the server says it. */
async function empty(context: ControllerContext, kinds: KindsServed, namespace: string): Promise<number> {
  const { api } = context;
  let left = 0;
  for (const { resource } of [...kinds.all()].filter((informer) => informer.resource.namespaced)) {
    const { items } = await api.list(resource, { namespace });
    left += items.length;
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp !== undefined) continue;
      const { name, uid } = metadata;
      try {
        await api.remove(resource, { namespace, name }, { uid, propagationPolicy: "Background" });
      } catch (error) {
        if (!hasStatus(error, 404, 409)) throw error;
      }
    }
  }
  return left;
}
