import type { World } from "../world.ts";
import { becomes, copier, made } from "./copies.ts";

const kept = { take: "yes", tier: "a" };

export const selectionStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "an object that leaves the selector of a source is gone from the pipeline, and back when it returns": async (
    world,
  ) => {
    const { namespace, create, patch, ref } = world;
    const labelSelector = {
      matchLabels: { take: "yes" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["a", "b"] },
        { key: "off", operator: "DoesNotExist" },
      ],
    };
    const source = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector };
    const label = (labels: object): Promise<unknown> => patch(ref("ConfigMap", "one"), { metadata: { labels } });
    const pair = {
      name: "pair",
      sources: [source, { apiGroup: "", kind: "Secret", namespace }],
      pipeline: [
        { "@join": { "@eq": ["$.ConfigMap.metadata.name", "$.Secret.metadata.name"] } },
        { "@project": { metadata: { name: { "@concat": ["$.Secret.metadata.name", "-pair"] }, namespace } } },
      ],
      target: { apiGroup: "", kind: "ConfigMap" },
    };
    await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels: kept } }, "one");
    await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { take: "yes" } } }, "two");
    await create({ apiVersion: "v1", kind: "Secret" }, "one");
    await world.ready(await world.operator("selector", [copier("copy", source, {}), pair]));
    const both = ["one-copy", "one-pair"];
    await becomes(both, () => made(world));
    const ways = [
      { out: { take: "no" }, back: { take: "yes" } },
      { out: { tier: "c" }, back: { tier: "b" } },
      { out: { off: "" }, back: { off: null } },
    ];
    for (const { out, back } of ways) {
      await label(out);
      await becomes([], () => made(world));
      await label(back);
      await becomes(both, () => made(world));
    }
    await patch(ref("ConfigMap", "two"), { metadata: { labels: { tier: "a" } } });
    await becomes([...both, "two-copy"], () => made(world));
    await world.delete(ref("ConfigMap", "one"));
    await becomes(["two-copy"], () => made(world));
  },

  "a source with a namespace has the objects of that one, and a target may be in another": async (world) => {
    const { namespace, create } = world;
    const other = await world.otherNamespace();
    const labels = { of: namespace };
    const everywhere = { apiGroup: "", kind: "ConfigMap", labelSelector: { matchLabels: labels } };
    await world.ready(
      await world.operator("namespaced", [
        copier("there", { ...everywhere, namespace }, {}, other),
        copier("here", { ...everywhere, namespace: other }, {}, namespace),
        copier("all", everywhere, {}),
      ]),
    );
    for (const inside of [namespace, other])
      await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: inside, labels } }, "one");
    await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: other, labels } }, "two");
    await becomes(["one-all", "one-here", "two-here"], () => made(world));
    await becomes(["one-all", "one-there", "two-all"], () => made(world, other));
    await world.delete({ ...world.ref("ConfigMap", "one"), namespace: other });
    await becomes(["one-all", "two-here"], () => made(world));
    await becomes(["one-there", "two-all"], () => made(world, other));
  },
};
