import type { KubeObject } from "@headgate/api";
import { listAll } from "@headgate/kube";
import { expect } from "vitest";
import type { World } from "./world.ts";
import { ConfigMap, eventually, readEvents } from "./world.ts";

type Law = (world: World) => Promise<void>;

const code = (expected: string): object => expect.objectContaining({ name: "OpError", code: expected }) as object;

/** What every call relies on: names, versions, preconditions, pages and watches. */
export const clientLaws: Readonly<Record<string, Law>> = {
  "a name is taken once": async ({ client, configMap, ref }) => {
    const made = await client.create(configMap("a", { k: "v" }));
    expect(await client.get(ref(made))).toMatchObject({ data: { k: "v" }, metadata: { uid: made.metadata.uid } });
    await expect(client.create(configMap("a", { k: "other" }))).rejects.toEqual(code("ALREADY_EXISTS"));
    expect(await client.get(ref(made))).toMatchObject({ data: { k: "v" } });
  },
  "what is not there is NOT_FOUND: an object, a namespace, a kind": async ({ client, configMap, ref }) => {
    await expect(client.get(ref(configMap("none")))).rejects.toEqual(code("NOT_FOUND"));
    await expect(client.delete(ref(configMap("none")))).rejects.toEqual(code("NOT_FOUND"));
    await expect(client.create(configMap("a", {}, { namespace: "no-such-namespace" }))).rejects.toEqual(
      code("NOT_FOUND"),
    );
    await expect(client.discover("v1", "Unicorn")).rejects.toEqual(code("NOT_FOUND"));
    await expect(client.discover("no.such.group/v1", "Unicorn")).rejects.toEqual(code("NOT_FOUND"));
  },
  "kinds are discovered with their resource and scope": async ({ client }) => {
    expect(await client.discover("v1", "ConfigMap")).toEqual(ConfigMap);
    expect(await client.discover("apps/v1", "ReplicaSet")).toMatchObject({ plural: "replicasets", namespaced: true });
    expect(await client.discover("v1", "Node")).toMatchObject({ plural: "nodes", namespaced: false });
  },
  "an object that breaks the rules is INVALID": async ({ client, configMap, service }) => {
    await expect(client.create(configMap("Not_A_Name"))).rejects.toEqual(code("INVALID"));
    const bad = { ...service("bad"), spec: { ports: [{ port: 99_999 }] } };
    await expect(client.create(bad)).rejects.toEqual(code("INVALID"));
  },
  "a patch of a type that nobody knows is UNSUPPORTED": async ({ client, configMap, namespace }) => {
    await client.create(configMap("a"));
    const path = `/api/v1/namespaces/${namespace}/configmaps/a`;
    const request = client.request({ method: "PATCH", path, contentType: "application/x-unknown", body: {} });
    await expect(request).rejects.toEqual(code("UNSUPPORTED"));
  },
  "a replace of an older version is a CONFLICT": async ({ client, configMap }) => {
    const first = await client.create(configMap("a"));
    const second = await client.replace({ ...first, data: { k: "2" } });
    expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    await expect(client.replace({ ...first, data: { k: "3" } })).rejects.toEqual(code("CONFLICT"));
  },
  "a merge patch or a JSON patch of an older version is a CONFLICT": async ({ client, configMap, ref }) => {
    const first = await client.create(configMap("a"));
    const { resourceVersion } = first.metadata;
    await client.replace({ ...first, data: { k: "2" } });
    const merge = { metadata: { resourceVersion }, data: { k: "3" } };
    await expect(client.patch(ref(first), merge, { type: "merge" })).rejects.toEqual(code("CONFLICT"));
    const json = [
      { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
      { op: "add", path: "/data/x", value: "y" },
    ];
    await expect(client.patch(ref(first), json, { type: "json" })).rejects.toEqual(code("CONFLICT"));
  },
  "a status is written apart from its object, and not from an older version": async ({ client, service, ref }) => {
    const made = await client.create(service("a"));
    const status = (resourceVersion: string | undefined, reason: string): object => ({
      metadata: { resourceVersion },
      status: {
        conditions: [{ type: "Good", status: "True", reason, message: "", lastTransitionTime: "2026-01-01T00:00:00Z" }],
      },
      spec: { sessionAffinity: "ClientIP" },
    });
    const options = { type: "merge", subresource: "status" } as const;
    const written = await client.patch(ref(made), status(made.metadata.resourceVersion, "First"), options);
    expect(written).toMatchObject({ status: { conditions: [{ reason: "First" }] }, spec: { sessionAffinity: "None" } });
    await expect(client.patch(ref(made), status(made.metadata.resourceVersion, "Second"), options)).rejects.toEqual(
      code("CONFLICT"),
    );
  },
  "a delete that names another incarnation or an older version is a CONFLICT and deletes nothing": async ({
    client,
    configMap,
    ref,
  }) => {
    const made = await client.create(configMap("a"));
    await expect(client.delete(ref(made), { uid: "00000000-0000-0000-0000-000000000000" })).rejects.toEqual(
      code("CONFLICT"),
    );
    const newer = await client.replace({ ...made, data: { k: "2" } });
    const { resourceVersion = "" } = made.metadata;
    await expect(client.delete(ref(made), { resourceVersion })).rejects.toEqual(code("CONFLICT"));
    expect(await client.get(ref(made))).toMatchObject({
      metadata: { resourceVersion: newer.metadata.resourceVersion },
    });
    await client.delete(ref(made), { uid: made.metadata.uid ?? "" });
    await expect(client.get(ref(made))).rejects.toEqual(code("NOT_FOUND"));
  },
  "an object with finalizers is only marked, and goes with the last of them": async ({ client, configMap, ref }) => {
    const made = await client.create(configMap("a", {}, { finalizers: ["example.com/hold"] }));
    await client.delete(ref(made));
    const marked = await client.get(ref(made));
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    await client.patch(ref(made), { metadata: { finalizers: null } }, { type: "merge" });
    await expect(client.get(ref(made))).rejects.toEqual(code("NOT_FOUND"));
  },
  "the pages of a list are all of one moment": async ({ client, configMap, namespace }) => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await client.create(configMap(name));
    const first = await client.list(ConfigMap, { namespace, limit: 2 });
    expect(first.items.length).toBe(2);
    await client.create(configMap("late"));
    await client.delete({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "e" });
    const items: KubeObject[] = [...first.items];
    for (let page = first; page.continue !== undefined; items.push(...page.items)) {
      page = await client.list(ConfigMap, { namespace, limit: 2, continue: page.continue });
      expect(page.resourceVersion).toBe(first.resourceVersion);
    }
    // A real cluster puts its certificate authority into every namespace.
    expect(items.map(({ metadata }) => metadata.name).filter((name) => name !== "kube-root-ca.crt")).toEqual(names);
    const now = await listAll(client, ConfigMap, { namespace, pageSize: 2 });
    expect(now.items.map(({ metadata }) => metadata.name)).toContain("late");
  },
  "items of a list say what they are": async ({ client, configMap, namespace }) => {
    await client.create(configMap("a"));
    const { items } = await client.list(ConfigMap, { namespace });
    for (const item of items) expect(item).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
  },
  "selectors select": async ({ client, configMap, namespace }) => {
    for (const tier of ["front", "back"]) await client.create(configMap(tier, {}, { labels: { tier } }));
    const names = async (options: object): Promise<string[]> =>
      (await listAll(client, ConfigMap, { namespace, ...options })).items.map(({ metadata }) => metadata.name);
    expect(await names({ labelSelector: "tier=front" })).toEqual(["front"]);
    expect(await names({ labelSelector: "tier in (front, back)" })).toEqual(["back", "front"]);
    expect(await names({ fieldSelector: "metadata.name=back" })).toEqual(["back"]);
  },
  "a watch from a list's version tells each change after it, in order of growing versions": async ({
    client,
    configMap,
    ref,
    namespace,
  }) => {
    const old = await client.create(configMap("old"));
    const { resourceVersion } = await client.list(ConfigMap, { namespace });
    const made = await client.create(configMap("new"));
    await client.replace({ ...made, data: { k: "2" } });
    await client.delete(ref(made));
    await client.delete(ref(old));
    const told = (events: readonly { type: string; object: KubeObject }[]): string[] =>
      events
        .filter(({ type, object }) => type !== "BOOKMARK" && object.metadata.name !== "kube-root-ca.crt")
        .map(({ type, object }) => `${type} ${object.metadata.name}`);
    const events = await readEvents(
      client,
      ConfigMap,
      { namespace, resourceVersion },
      (seen) => told(seen).length >= 4,
    );
    expect(told(events)).toEqual(["ADDED new", "MODIFIED new", "DELETED new", "DELETED old"]);
    const versions = events.map(({ object }) => BigInt(object.metadata.resourceVersion ?? "0"));
    expect(versions.every((version, i) => i === 0 || version > (versions[i - 1] ?? 0n))).toBe(true);
    for (const version of versions) expect(version > BigInt(resourceVersion)).toBe(true);
  },
  "objects that enter or leave a selection are added to or deleted from its watch": async ({
    client,
    configMap,
    ref,
    namespace,
  }) => {
    const labelSelector = "tier=front";
    const { resourceVersion } = await client.list(ConfigMap, { namespace, labelSelector });
    const made = await client.create(configMap("a", {}, { labels: { tier: "back" } }));
    const label = (tier: string): Promise<KubeObject> =>
      client.patch(ref(made), { metadata: { labels: { tier } } }, { type: "merge" });
    await label("front");
    const left = await label("back");
    const events = await readEvents(
      client,
      ConfigMap,
      { namespace, resourceVersion, labelSelector },
      (seen) => seen.length >= 2,
    );
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "DELETED"]);
    expect(events[1]?.object.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
  },
  "a quiet watch that is about to end is told by a bookmark what it need not hear again": async ({
    client,
    configMap,
    namespace,
  }) => {
    const { resourceVersion } = await client.list(ConfigMap, { namespace });
    let version = 0n;
    const meanwhile = async (): Promise<void> => {
      const made = await client.create(configMap("not-selected"));
      version = BigInt(made.metadata.resourceVersion ?? "0");
    };
    const from = { namespace, resourceVersion, labelSelector: "tier=none", timeoutSeconds: 6, meanwhile };
    const events = await readEvents(client, ConfigMap, from, (seen) => seen.some(({ type }) => type === "BOOKMARK"));
    expect(events).toMatchObject([{ type: "BOOKMARK", object: { kind: "ConfigMap" } }]);
    expect(BigInt(events[0]?.object.metadata.resourceVersion ?? "0")).toBeGreaterThanOrEqual(version);
  },
  "a watch from a version that is forgotten is told so": async ({ client, server, configMap, namespace }) => {
    await client.create(configMap("a"));
    await server.forgetHistory();
    const outcome = readEvents(client, ConfigMap, { namespace, resourceVersion: "1" }, (seen) => seen.length > 0).then(
      (events) => events.map(({ type, object }) => [type, (object as { code?: unknown }).code]),
      (error: unknown) => error,
    );
    const result = await outcome;
    if (result instanceof Error) expect(result).toEqual(code("GONE"));
    else expect(result).toEqual([["ERROR", 410]]);
  },
  "a server that was restarted has what it had, and the client finds it again": async ({
    client,
    server,
    configMap,
    ref,
  }) => {
    const made = await client.create(configMap("a", { k: "v" }));
    await server.restart();
    let found: KubeObject | undefined;
    await eventually(async () => {
      found = await client.get(ref(made)).catch(() => undefined);
      return found !== undefined;
    }, 150_000);
    expect(found).toMatchObject({
      data: { k: "v" },
      metadata: { uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion },
    });
  },
};
