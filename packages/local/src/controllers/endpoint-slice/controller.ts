import { hasStatus } from "../../client/api.ts";
import type { EndpointSlice, Pod, Service } from "../../client/kinds.ts";
import { matchesSelector, objectKey, splitKey } from "../../client/object.ts";
import { resources } from "../../client/resource.ts";
import { same } from "../../client/same.ts";
import { workQueue } from "../../client/work-queue.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { addressTypesOf, endpointGroups } from "./endpoints.ts";
import { managedByLabel, managerName, planSlices, type SliceChanges, serviceNameLabel } from "./slices.ts";

/** Service with a selector → EndpointSlices. A Service without one is left to whoever writes its slices. */
export const startEndpointSlices: StartController = (context) => {
  const { informers, clock, onError } = context;
  const services = informers.of(resources.services);
  const pods = informers.of(resources.pods);
  const slices = informers.of(resources.endpointSlices);
  const nodes = informers.of(resources.nodes);
  /** Keys of Services that have a selector, by namespace. */
  const selecting = new Map<string, Set<string>>();

  const queue = workQueue({
    clock,
    onError: (error, key) => {
      onError(error, `EndpointSlices of Service ${key}`);
    },
    async reconcile(key) {
      await Promise.all([services.synced, pods.synced, slices.synced, nodes.synced]);
      const service = services.get(key);
      const existing = managed(slices, key);
      if (service === undefined || service.metadata.deletionTimestamp !== undefined) {
        // A Service that is gone takes its slices along by owner reference.
        return;
      }
      if (!selects(service)) return;
      const selected = [...pods.inNamespace(service.metadata.namespace ?? "")].filter((pod) =>
        isSelected(service, pod),
      );
      const types = addressTypesOf(service);
      for (const type of types) {
        const groups = endpointGroups(service, selected, type, (name) => nodes.get(`/${name}`));
        const own = existing.filter((slice) => slice.addressType === type);
        await perform(context, planSlices(service, type, groups, own));
      }
      const foreign = existing.filter((slice) => !types.some((type) => type === slice.addressType));
      await perform(context, { create: [], replace: [], remove: foreign });
    },
  });
  services.onChange((before, after) => {
    const service = after ?? before;
    if (service === undefined) return;
    const namespace = service.metadata.namespace ?? "";
    const inside = selecting.get(namespace) ?? new Set<string>();
    selecting.set(namespace, inside);
    const key = objectKey(service);
    if (after !== undefined && selects(after)) {
      inside.add(key);
      queue.add(key);
    } else inside.delete(key);
  });
  pods.onChange((before, after) => {
    if (before !== undefined && after !== undefined && sameForEndpoints(before, after)) return;
    for (const key of selecting.get((after ?? before)?.metadata.namespace ?? "") ?? []) {
      const service = services.get(key);
      if (service === undefined) continue;
      const concerned = [before, after].some((pod) => pod !== undefined && isSelected(service, pod));
      if (concerned) queue.add(key);
    }
  });
  slices.onChange((before, after) => {
    const { namespace = "", labels = {} } = (after ?? before)?.metadata ?? {};
    const name = labels[serviceNameLabel];
    if (name !== undefined && labels[managedByLabel] === managerName) queue.add(`${namespace}/${name}`);
  });
  return queue;
};

function selects(service: Service): boolean {
  return service.spec.type !== "ExternalName" && Object.keys(service.spec.selector ?? {}).length > 0;
}

function isSelected(service: Service, pod: Pod): boolean {
  return matchesSelector({ matchLabels: service.spec.selector ?? {} }, pod.metadata.labels);
}

function sameForEndpoints(a: Pod, b: Pod): boolean {
  const { metadata: left, status: leftStatus, spec: leftSpec } = a;
  const { metadata: right, status: rightStatus, spec: rightSpec } = b;
  const ready = (status: Pod["status"]): unknown => status?.conditions?.find(({ type }) => type === "Ready")?.status;
  return (
    left.deletionTimestamp === right.deletionTimestamp &&
    leftSpec.nodeName === rightSpec.nodeName &&
    leftStatus?.phase === rightStatus?.phase &&
    ready(leftStatus) === ready(rightStatus) &&
    same(left.labels, right.labels) &&
    leftStatus?.podIP === rightStatus?.podIP &&
    same(leftStatus?.podIPs, rightStatus?.podIPs)
  );
}

function managed(slices: { inNamespace(namespace: string): Iterable<EndpointSlice> }, key: string): EndpointSlice[] {
  const { namespace, name } = splitKey(key);
  return [...slices.inNamespace(namespace)].filter(
    ({ metadata }) =>
      metadata.labels?.[serviceNameLabel] === name &&
      metadata.labels[managedByLabel] === managerName &&
      metadata.deletionTimestamp === undefined,
  );
}

async function perform(context: ControllerContext, changes: SliceChanges): Promise<void> {
  const { api, informers } = context;
  const slices = informers.of(resources.endpointSlices);
  for (const body of changes.create) {
    const { namespace = "" } = (body as EndpointSlice).metadata;
    slices.observe(await api.create(resources.endpointSlices, namespace, body));
  }
  for (const slice of changes.replace) slices.observe(await api.replace(resources.endpointSlices, slice));
  for (const { metadata } of changes.remove) {
    const { namespace, name, uid } = metadata;
    try {
      await api.remove(resources.endpointSlices, { namespace, name }, { uid });
    } catch (error) {
      if (!hasStatus(error, 404, 409)) throw error;
    }
  }
}
