import type { ObjectRef } from "@headgate/api";
import { expect, vi } from "vitest";
import { apiVersion, group, kind } from "../kinds.ts";
import { patience } from "../world.ts";
import type { World } from "../world.ts";
import { becomes, copier, labels, made, patcher } from "./copies.ts";

export const restartStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "a OneShot source gives its object once and alone makes what it makes, again after a restart": async (world) => {
    const { client, namespace, create, ref } = world;
    const once = { kind: "Start", type: "OneShot" };
    const target = { apiGroup: "", kind: "ConfigMap" };
    const data = { at: '$["metadata"]["labels"]["dcontroller.io/last-triggered"]' };
    const alone = {
      name: "alone",
      sources: [once],
      pipeline: { "@project": { metadata: { name: "$.metadata.name", namespace }, data } },
      target,
    };
    const joined = {
      name: "joined",
      sources: [once, { apiGroup: "", kind: "Secret", namespace }],
      pipeline: [
        { "@join": true },
        { "@project": { metadata: { name: { "@concat": ["$.Secret.metadata.name", "-joined"] }, namespace } } },
      ],
      target,
    };
    const operator = await world.operator("once", [alone, joined]);
    const start = ref("ConfigMap", "one-shot-trigger");
    await world.ready(operator);
    await vi.waitFor(() => client.get(start), patience);
    const first = await client.get(start);
    await create({ apiVersion: "v1", kind: "Secret" }, "late");
    await vi.waitFor(() => client.get(ref("ConfigMap", "late-joined")), patience);
    // What one of them becomes is nothing to the other's object.
    const another = copier("other", { apiGroup: "", kind: "Secret", namespace }, {});
    await world.change(operator, [alone, joined, another]);
    await vi.waitFor(() => client.get(ref("ConfigMap", "late-other")), patience);
    expect((await client.get(start))["data"]).toEqual(first["data"]);
    await world.whileNobodyServes(async () => {
      await world.delete(start);
    });
    await vi.waitFor(() => client.get(start), patience);
    await world.remove(operator);
    await becomes([false, false], () => Promise.all([start, ref("ConfigMap", "late-joined")].map(world.there)));
  },

  "what happened while nobody served Operators is made good by who serves them next": async (world) => {
    const { client, namespace, create, patch, ref } = world;
    const source = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: labels } };
    const config = (name: string): ObjectRef => ref("ConfigMap", name);
    for (const name of ["stays", "leaves", "goes"])
      await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels }, data: { a: "1" } }, name);
    for (const kind of ["ConfigMap", "Secret"]) await create({ apiVersion: "v1", kind }, "theirs");
    const data = async (kind: string): Promise<unknown> => (await client.get(ref(kind, "theirs")))["data"] ?? {};
    const fields = { data: { a: "YQ==" } };
    const copy = copier("copy", source, "$.data");
    const kept = await world.operator("kept", [copy, copier("dropped", source, {}), patcher("patch", source, fields)]);
    const removed = await world.operator("removed", [
      copier("removed", source, {}),
      patcher("patch", source, fields, "Secret"),
    ]);
    await vi.waitFor(async () => {
      expect(await made(world)).toHaveLength(9);
    }, patience);
    await becomes([fields.data, fields.data], () => Promise.all([data("ConfigMap"), data("Secret")]));
    await world.whileNobodyServes(async () => {
      await patch(config("leaves"), { metadata: { labels: { take: "no" } } });
      await patch(config("stays"), { data: { a: "2" } });
      await patch(config("stays-copy"), { data: { a: "tampered" } });
      await world.delete(config("goes"));
      await world.change(kept, [copy]);
      await client.delete(removed);
      // A foreign object where one of ours was.
      await world.delete(config("leaves-dropped"));
      await create({ apiVersion: "v1", kind: "ConfigMap", data: { theirs: "1" } }, "leaves-dropped");
    });
    await becomes(["stays-copy"], () => made(world));
    await becomes([{ a: "2" }, {}, {}], async () => [
      (await client.get(config("stays-copy")))["data"],
      await data("ConfigMap"),
      await data("Secret"),
    ]);
    await becomes(false, () => world.there(removed));
    expect((await client.get(config("leaves-dropped")))["data"]).toEqual({ theirs: "1" });
    await world.ready(kept);
    await world.remove(kept);
    expect(await made(world)).toEqual([]);
    expect(await world.there(config("stays"))).toBe(true);
  },

  "nothing is written, nor pruned, before every source is known, through views too": async (world) => {
    const { client, namespace, create, ref } = world;
    const letters = namespace.replace(/\W|\d/g, "").slice(-4);
    // A kind that only this story defines.
    const late = `Late${letters}${String(Number.parseInt(namespace.slice(-4), 16))}`;
    const source = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: { take: "yes" } } };
    const target = { apiGroup: "", kind: "ConfigMap" };
    const view = {
      name: "view",
      sources: [{ apiGroup: group, version: "v1", kind: late }],
      pipeline: { "@project": { metadata: "$.metadata", keep: "$.spec.keep" } },
      target: { kind: "LateView" },
    };
    const joined = (suffix: string, condition: object): object => ({
      name: suffix,
      sources: [source, { kind: "LateView" }],
      pipeline: [
        { "@join": condition },
        { "@project": { metadata: { name: { "@concat": ["$.ConfigMap.metadata.name", `-${suffix}`] }, namespace } } },
      ],
      target,
    });
    const same = { "@eq": ["$.ConfigMap.metadata.name", "$.LateView.metadata.name"] };
    const controllers = [
      view,
      joined("same", same),
      joined("any", { "@eq": ["$.LateView.keep", "yes"] }),
      copier("copy", source, {}),
    ];
    await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { take: "yes" } } }, "one");
    const operator = await world.operator("late", controllers);
    const standing = async (): Promise<unknown> => {
      const { status } = await client.get(operator);
      const { controllers: each } = status as { controllers: { name: string; conditions: { status: string }[] }[] };
      return each.map(({ name, conditions: [ready] }) => `${name} ${ready?.status ?? ""}`);
    };
    const waiting = ["view False", "same False", "any False", "copy True"];
    await vi.waitFor(async () => {
      expect([await standing(), await made(world)]).toEqual([waiting, ["one-copy"]]);
    }, patience);

    const definition = kind(late);
    await client.create(definition);
    const object = { apiVersion, kind: late, spec: { keep: "yes" } };
    await vi.waitFor(() => client.discover(apiVersion, late), patience);
    await vi.waitFor(() => create(object, "one"), patience);
    const all = ["one-any", "one-copy", "one-same"];
    await becomes(all, () => made(world));
    await world.ready(operator);
    const version = async (): Promise<unknown> =>
      (await client.get(ref("ConfigMap", "one-any"))).metadata.resourceVersion;
    const before = await version();

    // The kind is lost while nobody looks: what was made of its objects stays, because nobody knows what became of them.
    await world.whileNobodyServes(async () => {
      await client.delete({ apiVersion: definition.apiVersion, kind: definition.kind, name: definition.metadata.name });
      await vi.waitFor(async () => {
        await expect(
          client.request({ method: "GET", path: `/apis/${apiVersion}/${late.toLowerCase()}s` }),
        ).rejects.toMatchObject({ code: "NOT_FOUND" });
      }, patience);
      await world.delete(ref("ConfigMap", "one-copy"));
    });
    await vi.waitFor(async () => {
      expect([await standing(), await made(world)]).toEqual([waiting, all]);
    }, patience);
    expect(await version()).toBe(before);
    await client.create(definition);
    await vi.waitFor(() => create({ ...object, spec: { keep: "no" } }, "one"), patience);
    await becomes(["one-copy", "one-same"], () => made(world));
    await world.remove(operator);
    expect(await made(world)).toEqual([]);
    await client.delete({ apiVersion: definition.apiVersion, kind: definition.kind, name: definition.metadata.name });
  },
};
