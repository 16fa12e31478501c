import type { KubeObject } from "@headgate/api";
import { expect, vi } from "vitest";
import { apiVersion, group } from "../kinds.ts";
import { patience } from "../world.ts";
import type { World } from "../world.ts";
import { becomes } from "./copies.ts";

function encoded(data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString("base64")]));
}

export const targetStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "Secrets are read as texts, made, kept as they should be, and patched without a word lost": async (world) => {
    const { client, namespace, create, patch, ref } = world;
    const source = { apiGroup: "", kind: "Secret", namespace, labelSelector: { matchLabels: { take: "yes" } } };
    const target = { apiGroup: "", kind: "Secret" };
    const text = { "@concat": ["Dear ", "$.data.user"] };
    const updater = {
      name: "make",
      sources: [source],
      pipeline: {
        "@project": { metadata: { name: "letter", namespace }, type: "example.com/letter", stringData: { text } },
      },
      target,
    };
    const patcher = {
      name: "patch",
      sources: [source],
      pipeline: {
        "@project": {
          metadata: { name: "theirs", namespace, annotations: { "example.com/for": "$.data.user" } },
          stringData: { text },
        },
      },
      target: { ...target, type: "Patcher" },
    };
    const theirs = { password: "$ecret", binary: "\u0000\u00ff" };
    await create({ apiVersion: "v1", kind: "Secret", stringData: theirs }, "theirs");
    const before = (await client.get(ref("Secret", "theirs")))["data"] as Readonly<Record<string, string>>;
    const operator = await world.operator("secrets", [updater, patcher]);
    await world.ready(operator);
    await create(
      { apiVersion: "v1", kind: "Secret", metadata: { labels: { take: "yes" } }, stringData: { user: "Ann" } },
      "ann",
    );
    const look = async (): Promise<unknown> => {
      const [letter, patched] = await Promise.all([
        client.get(ref("Secret", "letter")),
        client.get(ref("Secret", "theirs")),
      ]);
      return [letter["type"], letter["data"], patched["data"], patched.metadata.annotations];
    };
    const asked = (user: string, more = {}): unknown => {
      const data = encoded({ text: `Dear ${user}` });
      return ["example.com/letter", { ...data, ...more }, { ...before, ...data }, { "example.com/for": user }];
    };
    await becomes(asked("Ann"), look);
    await patch(ref("Secret", "ann"), { stringData: { user: "Bob" } });
    await becomes(asked("Bob"), look);
    await patch(ref("Secret", "letter"), { stringData: { text: "no", more: "x" } });
    await patch(ref("Secret", "theirs"), { stringData: { text: "no" } });
    await becomes(asked("Bob", encoded({ more: "x" })), look);
    await world.delete(ref("Secret", "ann"));
    await becomes([false, before], async () => [
      await world.there(ref("Secret", "letter")),
      (await client.get(ref("Secret", "theirs")))["data"],
    ]);
    expect((await client.get(ref("Secret", "theirs"))).metadata.annotations ?? {}).toEqual({});
  },

  "objects outside of namespaces are made and patched too": async (world) => {
    const { client, namespace, create, patch } = world;
    const source = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: { take: "yes" } } };
    const shelf = { apiVersion, kind: "Shelf", name: `shelf-${namespace}` };
    const itself = { apiVersion: "v1", kind: "Namespace", name: namespace };
    const shelves = {
      name: "shelves",
      sources: [source],
      pipeline: { "@project": { metadata: { name: shelf.name }, spec: { books: "$.data.books" } } },
      target: { apiGroup: group, kind: "Shelf" },
    };
    const namespaces = {
      name: "namespaces",
      sources: [source],
      pipeline: { "@project": { metadata: { name: "$.metadata.namespace", labels: { books: "$.data.books" } } } },
      target: { apiGroup: "", kind: "Namespace", type: "Patcher" },
    };
    await world.ready(await world.operator("cluster", [shelves, namespaces]));
    const labels = (): Promise<unknown> => client.get(itself).then(({ metadata }) => metadata.labels?.["books"]);
    await create(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { take: "yes" } }, data: { books: "3" } },
      "count",
    );
    const count = world.ref("ConfigMap", "count");
    await vi.waitFor(() => client.get(shelf), patience);
    await becomes("3", labels);
    await patch(count, { data: { books: "4" } });
    await becomes([{ books: "4" }, "4"], async () => [(await client.get(shelf)).spec, await labels()]);
    await world.delete(count);
    await becomes([false, undefined], async () => [await world.there(shelf), await labels()]);
  },

  "an Updater leaves alone what others made and what others added, and a Patcher makes nothing": async (world) => {
    const { client, namespace, create, patch, ref } = world;
    const source = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: { take: "yes" } } };
    const toys = {
      name: "toys",
      sources: [source],
      pipeline: {
        "@project": {
          metadata: { name: "$.metadata.name", namespace, labels: { ours: "yes" } },
          spec: { size: "$.data.size" },
        },
      },
      target: { apiGroup: group, kind: "Toy" },
    };
    const absent = {
      name: "absent",
      sources: [source],
      pipeline: {
        "@project": { metadata: { name: { "@concat": ["$.metadata.name", "-late"] }, namespace }, spec: { a: "1" } },
      },
      target: { apiGroup: group, kind: "Toy", type: "Patcher" },
    };
    await create({ apiVersion, kind: "Toy", spec: { size: "theirs" } }, "foreign");
    const foreign = await client.get(ref("Toy", "foreign"));
    const operator = await world.operator("theirs", [toys, absent]);
    for (const name of ["foreign", "own"])
      await create(
        { apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { take: "yes" } }, data: { size: "1" } },
        name,
      );
    const errors = async (): Promise<unknown> => {
      const { status } = await client.get(operator);
      const { controllers } = status as { controllers: { lastErrors: string[] }[] };
      return controllers.map(({ lastErrors }) => lastErrors.toSorted());
    };
    const standing = `Toy ${namespace}/foreign exists and was not made by this controller; it is left untouched until it is gone`;
    const missing = ["foreign", "own"].map((name) => `Toy ${namespace}/${name}-late is not there to be patched`);
    await becomes([[standing], missing], errors);
    const own = ref("Toy", "own");
    await vi.waitFor(() => client.get(own), patience);
    await patch(own, { metadata: { labels: { theirs: "x" } }, spec: { colour: "red", size: "9" } });
    const look = async (): Promise<unknown> => {
      const { metadata, spec } = await client.get(own);
      return [metadata.labels?.["ours"], metadata.labels?.["theirs"], spec];
    };
    await becomes(["yes", "x", { colour: "red", size: "1" }], look);
    expect(await client.get(ref("Toy", "foreign"))).toEqual(foreign);
    await create({ apiVersion, kind: "Toy", spec: { b: "2" } }, "own-late");
    await becomes({ a: "1", b: "2" }, async () => (await client.get(ref("Toy", "own-late"))).spec);
    await world.delete(ref("Toy", "foreign"));
    await becomes(
      { size: "1" },
      async () => (await client.get(ref("Toy", "foreign")).catch((): Partial<KubeObject> => ({}))).spec,
    );
    await becomes([[], missing.slice(0, 1)], errors);
  },
};
