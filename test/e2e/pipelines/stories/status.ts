import { expect } from "vitest";
import { apiVersion, group } from "../kinds.ts";
import type { World } from "../world.ts";
import { becomes } from "./copies.ts";

const since = "2026-01-01T00:00:00Z";
const condition = (type: string, status: string): object => ({
  type,
  status,
  reason: "Told",
  message: "",
  lastTransitionTime: since,
});

export const statusStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "a Patcher's status goes to the subresource of a built-in kind, beside what others say there": async (world) => {
    const { client, namespace, create, patch, ref } = world;
    const web = ref("Service", "web");
    await create({ apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } }, "web");
    await patch(web, { status: { conditions: [condition("Theirs", "True")] } }, "status");
    const configs = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: { take: "yes" } } };
    const fields = { reason: "Told", message: "", lastTransitionTime: since };
    const patcher = {
      name: "status",
      sources: [configs],
      pipeline: {
        "@project": {
          metadata: { name: "web", namespace, annotations: { "example.com/up": "$.data.up" } },
          status: { conditions: [{ type: "Ours", status: "$.data.up", ...fields }] },
        },
      },
      target: { apiGroup: "", kind: "Service", type: "Patcher" },
    };
    await create(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { take: "yes" } }, data: { up: "True" } },
      "up",
    );
    const operator = await world.operator("service", [patcher]);
    await world.ready(operator);
    const look = async (): Promise<unknown> => {
      const { metadata, status } = await client.get(web);
      const { conditions = [] } = status as { conditions?: { type: string; status: string }[] };
      const said = conditions.map(({ type, status: is }) => `${type} ${is}`).toSorted();
      return [metadata.annotations?.["example.com/up"], said];
    };
    await becomes(["True", ["Ours True", "Theirs True"]], look);
    await patch(ref("ConfigMap", "up"), { data: { up: "False" } });
    await becomes(["False", ["Ours False", "Theirs True"]], look);
    await patch(web, { status: { conditions: [condition("Theirs", "False")] } }, "status");
    await becomes(["False", ["Ours False", "Theirs False"]], look);
    const { metadata } = await client.get(web);
    await world.ready(operator);
    await world.remove(operator);
    await becomes([undefined, ["Theirs False"]], look);
    expect((await client.get(web)).metadata.uid).toBe(metadata.uid);
  },

  "an Updater makes objects with a status, where the kind keeps it apart and where it does not": async (world) => {
    const { client, namespace, create, patch, ref } = world;
    const configs = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: { take: "yes" } } };
    const make = (kind: string): object => ({
      name: kind.toLowerCase(),
      sources: [configs],
      pipeline: {
        "@project": {
          metadata: { name: "$.metadata.name", namespace },
          spec: { size: "$.data.size" },
          status: { mood: "$.data.mood", since: { "@definedOr": ["$.data.since", null] } },
        },
      },
      target: { apiGroup: group, kind },
    });
    await create(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { take: "yes" } }, data: { size: "1", mood: "good" } },
      "bear",
    );
    const operator = await world.operator("statuses", ["Toy", "Note"].map(make));
    const look = (): Promise<unknown> =>
      Promise.all(
        ["Toy", "Note"].map(async (kind) => {
          const { spec, status } = await client.get(ref(kind, "bear"));
          return [spec, status];
        }),
      );
    const twice = (spec: object, status: object): unknown => [
      [spec, status],
      [spec, status],
    ];
    await becomes(twice({ size: "1" }, { mood: "good" }), look);
    await patch(ref("ConfigMap", "bear"), { data: { mood: "bad", since: "noon" } });
    await becomes(twice({ size: "1" }, { mood: "bad", since: "noon" }), look);
    await patch(ref("ConfigMap", "bear"), { data: { size: "2", since: null } });
    await becomes(twice({ size: "2" }, { mood: "bad" }), look);
    await patch(ref("Toy", "bear"), { status: { mood: "theirs" } }, "status");
    await becomes(twice({ size: "2" }, { mood: "bad" }), look);
    await world.ready(operator);
    expect((await client.get({ apiVersion, kind: "Toy", namespace, name: "bear" })).metadata.generation).toBe(2);
  },
};
