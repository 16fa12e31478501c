import { operatorCrd, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { expect, vi } from "vitest";
import { apiVersion as toys, group, kind as customKind } from "../e2e/pipelines/kinds.ts";

const patience = { timeout: 60_000, interval: 50 };
const merge = { type: "merge" } as const;

/** Kinds with a status of its own each: one is made, the other one patched. */
export const toyKinds: readonly KubeObject[] = [customKind("Toy"), customKind("Doll")];

export async function defineToys(client: Client): Promise<void> {
  for (const definition of [operatorCrd, ...toyKinds]) await client.apply(definition, { manager: "test", force: true });
  await vi.waitFor(() => client.list(resourceTypes.Operator, { limit: 1 }), patience);
  for (const plural of ["toys", "dolls"])
    await vi.waitFor(() => client.request({ method: "GET", path: `/apis/${toys}/${plural}` }), patience);
}

const operatorRef = { apiVersion: "dcontroller.io/v1alpha1", kind: "Operator", name: "eventful" };
const source = { apiGroup: "", kind: "ConfigMap", labelSelector: { matchLabels: { take: "yes" } } };
const metadata = { name: "$.metadata.name", namespace: "$.metadata.namespace" };
const size = { "@add": ["$.data.size", 0] };
const patched = (kind: string, apiGroup: string, fields: object): object => ({
  name: kind.toLowerCase(),
  sources: [source],
  pipeline: [{ "@select": { "@eq": ["$.metadata.name", "one"] } }, { "@project": { metadata, ...fields } }],
  target: { apiGroup, kind, type: "Patcher" },
});

/** An Updater and Patchers, of built-in and other kinds, with a status and without. */
export const eventfulOperator: KubeObject = {
  ...operatorRef,
  metadata: { name: operatorRef.name },
  spec: {
    controllers: [
      {
        name: "toy",
        sources: [source],
        pipeline: { "@project": { metadata, spec: { size }, status: { size } } },
        target: { apiGroup: group, kind: "Toy" },
      },
      patched("Doll", group, { spec: { size }, status: { size } }),
      patched("ServiceAccount", "", { metadata: { ...metadata, annotations: { size: "$.data.size" } } }),
    ],
  },
};

/** The whole life of an Operator, with everything in these namespaces that makes the operator write on its account. */
export async function eventfulPipelines(client: Client, namespaces: readonly string[]): Promise<void> {
  await client.create(eventfulOperator);
  await Promise.all(namespaces.map((namespace) => live(client, namespace)));
  await client.delete(operatorRef);
  await vi.waitFor(async () => {
    await expect(client.get(operatorRef)).rejects.toMatchObject({ code: "NOT_FOUND" });
  }, patience);
}

async function live(client: Client, namespace: string): Promise<void> {
  const one = { namespace, name: "one" };
  const config = { apiVersion: "v1", kind: "ConfigMap" };
  const labels = { take: "yes" };
  await client.create({ apiVersion: toys, kind: "Doll", metadata: one });
  await client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: one });
  await client.create({ ...config, metadata: { ...one, labels }, data: { size: "1" } });
  const toy = { apiVersion: toys, kind: "Toy", ...one };
  const look = async (): Promise<unknown> => {
    const doll = await client.get({ apiVersion: toys, kind: "Doll", ...one });
    const account = await client.get({ apiVersion: "v1", kind: "ServiceAccount", ...one });
    const made = await client.get(toy);
    return [made.spec, made.status, doll.spec, doll.status, account.metadata.annotations?.["size"]];
  };
  const all = (is: number): Promise<void> =>
    vi.waitFor(async () => {
      expect(await look()).toEqual([...Array.from({ length: 4 }, () => ({ size: is })), String(is)]);
    }, patience);
  await all(1);
  await client.patch({ ...config, ...one }, { data: { size: "2" } }, merge);
  await all(2);
  await client.patch(toy, { spec: { size: 9 } }, merge);
  await all(2);

  // What cannot be computed with gives an Event; the same again raises its count.
  const bad = { ...config, namespace, name: "bad" };
  const counted = (count: number): Promise<void> =>
    vi.waitFor(async () => {
      const { items } = await listAll(client, resourceTypes.Event, { namespace });
      const faults = items.filter((event) => event["reason"] === "PipelineFault");
      expect(faults.map((event) => event["count"])).toEqual([count]);
    }, patience);
  const toyOfBad = { ...toy, name: "bad" };
  await client.create({ ...config, metadata: { namespace, name: "bad", labels }, data: { size: "small" } });
  await counted(1);
  await client.patch(bad, { data: { size: "3" } }, merge);
  await vi.waitFor(() => client.get(toyOfBad), patience);
  // It counts as over when it has been seen to be.
  await vi.waitFor(async () => {
    expect(JSON.stringify((await client.get(operatorRef)).status)).not.toContain(`${namespace}/bad`);
  }, patience);
  await client.patch(bad, { data: { size: "small" } }, merge);
  await counted(2);
  await client.delete(bad);
  await client.delete({ ...config, ...one });
  await vi.waitFor(async () => {
    await expect(client.get(toy)).rejects.toMatchObject({ code: "NOT_FOUND" });
  }, patience);
}
