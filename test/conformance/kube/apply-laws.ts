import type { KubeObject } from "@headgate/api";
import { expect } from "vitest";
import type { World } from "./world.ts";

type Law = (world: World) => Promise<void>;

const code = (expected: string): object => expect.objectContaining({ name: "OpError", code: expected }) as object;

/** What server-side apply promises, as far as the actuator relies on it. */
export const applyLaws: Readonly<Record<string, Law>> = {
  "apply creates, changes, and takes away what it no longer names; other people's fields stay": async ({
    client,
    configMap,
    ref,
  }) => {
    await client.apply(configMap("a", { mine: "1", dropped: "1" }), { manager: "headgate/x", force: true });
    await client.patch(ref(configMap("a")), { data: { theirs: "1" } }, { type: "merge", manager: "someone" });
    const applied = await client.apply(configMap("a", { mine: "2" }), { manager: "headgate/x", force: true });
    expect(applied["data"]).toEqual({ mine: "2", theirs: "1" });
  },
  "an apply that changes nothing leaves the version alone": async ({ client, configMap, service }) => {
    for (const object of [configMap("a", { k: "v" }), service("a", { labels: { l: "1" }, annotations: { n: "1" } })]) {
      const first = await client.apply(object, { manager: "headgate/x", force: true });
      const second = await client.apply(object, { manager: "headgate/x", force: true });
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    }
  },
  "a field of someone else is a CONFLICT, and is taken over by force": async ({ client, configMap }) => {
    await client.apply(configMap("a", { k: "theirs" }), { manager: "someone" });
    await expect(client.apply(configMap("a", { k: "ours" }), { manager: "headgate/x" })).rejects.toEqual(
      code("CONFLICT"),
    );
    const forced = await client.apply(configMap("a", { k: "ours" }), { manager: "headgate/x", force: true });
    expect(forced["data"]).toEqual({ k: "ours" });
    await expect(client.apply(configMap("a", { k: "theirs" }), { manager: "someone" })).rejects.toEqual(
      code("CONFLICT"),
    );
  },
  "an apply that names an incarnation does nothing to another one": async ({ client, configMap, ref }) => {
    const first = await client.create(configMap("a", { k: "1" }));
    await client.delete(ref(first));
    const second = await client.create(configMap("a", { k: "2" }));
    const late = configMap("a", { k: "ours" }, { uid: first.metadata.uid ?? "" });
    await expect(client.apply(late, { manager: "headgate/x", force: true })).rejects.toEqual(code("CONFLICT"));
    expect(await client.get(ref(second))).toEqual(second);
    const right = configMap("a", { k: "ours" }, { uid: second.metadata.uid ?? "" });
    expect(await client.apply(right, { manager: "headgate/x", force: true })).toMatchObject({ data: { k: "ours" } });
  },
  "an apply that names an incarnation creates nothing when that is gone": async ({ client, configMap, ref }) => {
    const first = await client.create(configMap("a", { k: "1" }));
    await client.delete(ref(first));
    const late = configMap("a", { k: "ours" }, { uid: first.metadata.uid ?? "" });
    await expect(client.apply(late, { manager: "headgate/x", force: true })).rejects.toEqual(code("CONFLICT"));
    await expect(client.get(ref(first))).rejects.toEqual(code("NOT_FOUND"));
  },
  "owner references are merged by uid": async ({ client, configMap }) => {
    const owners = await Promise.all(["o1", "o2"].map((name) => client.create(configMap(name))));
    const reference = ({ metadata: { name, uid = "" } }: KubeObject): object => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name,
      uid,
    });
    const [one, two] = owners.map(reference);
    const withOwners = (...owners: unknown[]): KubeObject => {
      const { apiVersion, kind, metadata } = configMap("a");
      return {
        apiVersion,
        kind,
        metadata: { ...metadata, ...(owners.length > 0 && { ownerReferences: owners as never }) },
      };
    };
    await client.apply(withOwners(one), { manager: "someone" });
    const both = await client.apply(withOwners(two), { manager: "headgate/x" });
    expect(both.metadata.ownerReferences).toHaveLength(2);
    const left = await client.apply(withOwners(), { manager: "headgate/x" });
    expect(left.metadata.ownerReferences).toMatchObject([{ name: "o1" }]);
  },
  "an empty map is a field, which one manager has at a time": async ({ client, configMap }) => {
    await client.apply(configMap("a", {}), { manager: "someone" });
    await expect(client.apply(configMap("a", { k: "1" }), { manager: "headgate/x" })).rejects.toEqual(code("CONFLICT"));
    const forced = await client.apply(configMap("a", { k: "1" }), { manager: "headgate/x", force: true });
    expect(forced["data"]).toEqual({ k: "1" });
    await client.apply(configMap("a", { k: "2" }), { manager: "headgate/x" });
  },
  "ports of a Service are merged by port and protocol": async ({ client, service }) => {
    await client.apply(service("a"), { manager: "headgate/x", force: true });
    const more = { ...service("a"), spec: { ports: [{ name: "more", port: 81, protocol: "TCP" }] } };
    const both = await client.apply(more, { manager: "someone" });
    expect((both.spec as { ports: unknown[] }).ports).toHaveLength(2);
  },
  "managed fields can be handed from a create to an apply": async ({ client, configMap, ref }) => {
    const manager = "headgate/x";
    await client.create(configMap("a", { kept: "1", dropped: "1" }), { manager });
    const applied = await client.apply(configMap("a", { kept: "1" }), { manager, force: true });
    expect(applied["data"]).toEqual({ kept: "1", dropped: "1" });
    const fields = applied.metadata.managedFields as { operation: string; fieldsV1: unknown }[];
    const created = fields.find(({ operation }) => operation === "Update");
    const handed = fields
      .filter((entry) => entry !== created)
      .map((entry) => ({ ...entry, fieldsV1: created?.fieldsV1 }));
    await client.patch(ref(applied), [{ op: "replace", path: "/metadata/managedFields", value: handed }], {
      type: "json",
      manager,
    });
    const again = await client.apply(configMap("a", { kept: "1" }), { manager, force: true });
    expect(again["data"]).toEqual({ kept: "1" });
  },
};
