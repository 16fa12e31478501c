import { resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { listAll } from "@headgate/kube";
import { load, operator, pipeline } from "@headgate/operator";
import { expect, vi } from "vitest";

import { deletePod, longGraceSeconds, makePod, podSpec } from "./churn.ts";
import { isForeign } from "./foreign.ts";
import { insist } from "./insist.ts";
import type { Stage } from "./stage.ts";

const childTypes = [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute];
const inputTypes = [resourceTypes.Pod, resourceTypes.Gateway];

/** What a fresh start would still do in a namespace, and children that belong to no living pod: none when all is done. */
export async function openEnds({ client, settings }: Stage, namespace: string): Promise<readonly string[]> {
  const objects = await objectsOf(client, namespace);
  const decided = pipeline(settings);
  load(decided, objects);
  const pods = new Set(objects.filter(({ kind }) => kind === "Pod").map(({ metadata }) => metadata.uid));
  const orphans = objects.filter(
    (object) => isChild(object) && !object.metadata.ownerReferences?.some(({ uid }) => pods.has(uid)),
  );
  return [
    ...[...decided.actions.entries()].map(([key, action]) => `${action.do} ${key}`),
    ...orphans.map(({ kind, metadata }) => `orphan ${kind} ${metadata.name}`),
  ];
}

/**
 * Fails the test unless the children in a namespace are those that an operator makes that never saw a fault: one that starts now,
 * and finds in another, empty namespace the same pods, Gateways and objects of other people. Nobody else may act meanwhile.
 */
export async function expectFaultFree({ client, settings }: Stage, namespace: string): Promise<void> {
  const objects = await objectsOf(client, namespace);
  const twin = `${namespace}-twin`;
  await copyInputs(client, objects, twin);
  const stop = new AbortController();
  const fresh = operator({ client, settings, log: silent });
  const run = fresh.run(stop.signal);
  try {
    await Promise.race([run, fresh.synced]);
    await vi.waitUntil(() => fresh.leading() && fresh.pipeline.actions.size === 0, { timeout: 150_000 });
  } finally {
    stop.abort();
    await run;
  }
  const expected = lookOf(await objectsOf(client, twin), twin);
  expect(lookOf(objects, namespace)).toEqual(expected);
  // It serves both namespaces, and found nothing to do in the first.
  expect(versionsOf(await objectsOf(client, namespace))).toEqual(versionsOf(objects));
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function isChild(object: KubeObject): boolean {
  const { labels = {} } = object.metadata;
  return labels["app.kubernetes.io/managed-by"] === "envoy-router" && !isForeign(object);
}

async function objectsOf(client: Client, namespace: string): Promise<readonly KubeObject[]> {
  const lists = await Promise.all(
    [...inputTypes, ...childTypes].map((type) => insist(() => listAll(client, type, { namespace }))),
  );
  return lists.flatMap(({ items }) => items);
}

function versionsOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ kind, metadata: { name, resourceVersion = "" } }) => `${kind} ${name} ${resourceVersion}`);
}

/** What is not a pod, a Gateway or someone else's, in words that don't depend on the namespace and the time. */
function lookOf(objects: readonly KubeObject[], namespace: string): readonly string[] {
  const pods = objects.filter(({ kind }) => kind === "Pod");
  return objects
    .filter((object) => childTypes.some(({ kind }) => kind === object.kind) && !isForeign(object))
    .map(({ kind, metadata: { name, labels, ownerReferences }, spec, addressType, endpoints, ports }) => {
      const body = { spec: withoutAddress(spec), addressType, endpoints, ports };
      let look = JSON.stringify(sorted({ kind, name, labels, ownerReferences, ...body }));
      for (const { metadata } of pods) look = look.replaceAll(metadata.uid ?? "", `uid of ${metadata.name}`);
      return look.replaceAll(`"namespace":"${namespace}"`, '"namespace":"here"');
    })
    .toSorted();
}

/** A Service's own addresses are given by the cluster. */
function withoutAddress(spec: KubeObject["spec"]): Readonly<Record<string, unknown>> {
  const given = ["clusterIP", "clusterIPs"];
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([name]) => !given.includes(name)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

/** Other people's objects first, so that nothing of ours can take their place. */
async function copyInputs(client: Client, objects: readonly KubeObject[], namespace: string): Promise<void> {
  await insist(() => client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }));
  const account = { method: "GET", path: `/api/v1/namespaces/${namespace}/serviceaccounts/default` } as const;
  await vi.waitFor(() => client.request(account), { timeout: 90_000 });
  for (const object of objects) {
    const { name, labels } = object.metadata;
    const metadata = { namespace, name, ...(labels && { labels }) };
    if (object.kind === "Gateway" || isForeign(object)) {
      const { spec, addressType } = object;
      const body = addressType === undefined ? { spec: withoutAddress(spec) } : { addressType, endpoints: [] };
      await client.create({ apiVersion: object.apiVersion, kind: object.kind, metadata, ...body });
    }
  }
  for (const { kind, metadata, status } of objects) {
    if (kind !== "Pod") continue;
    const { name, labels, annotations, deletionTimestamp } = metadata;
    const named = { namespace, name, ...(labels && { labels }), ...(annotations && { annotations }) };
    await makePod(client, { apiVersion: "v1", kind, metadata: named, spec: podSpec() }, status);
    if (deletionTimestamp !== undefined) await deletePod(client, { namespace, name }, longGraceSeconds);
  }
}
