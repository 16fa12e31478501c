import { expect, vi } from "vitest";
import { patience } from "../world.ts";
import type { World } from "../world.ts";
import { copier, dataOf } from "./copies.ts";

export const clockStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "a Periodic source has the time told anew, through joins and gathers, and touches nothing else": async (world) => {
    const { client, namespace, create, ref } = world;
    const configs = { apiGroup: "", kind: "ConfigMap", namespace, labelSelector: { matchLabels: { take: "yes" } } };
    const tick = { kind: "Tick", type: "Periodic", parameters: { period: "1s" } };
    const gathered = {
      name: "gathered",
      sources: [configs, tick],
      pipeline: [
        { "@project": { key: "all", names: "$.metadata.name" } },
        { "@gather": ["$.key", "$.names"] },
        {
          "@project": {
            metadata: { name: "gathered", namespace },
            data: { at: "@now", count: { "@string": { "@len": "$.names" } } },
          },
        },
      ],
      target: { apiGroup: "", kind: "ConfigMap" },
    };
    const still = { ...copier("still", configs, { a: "1" }), sources: [configs, tick] };
    for (const name of ["one", "two"])
      await create({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels: { take: "yes" } } }, name);
    await world.ready(await world.operator("periodic", [gathered, still]));
    await vi.waitFor(() => client.get(ref("ConfigMap", "one-still")), patience);
    const version = async (): Promise<unknown> =>
      (await client.get(ref("ConfigMap", "one-still"))).metadata.resourceVersion;
    const before = await version();
    const times = new Set<unknown>();
    await vi.waitFor(async () => {
      const data = (await dataOf(world, ref("ConfigMap", "gathered"))) as { at: string; count: string };
      expect(data.count).toBe("2");
      times.add(data.at);
      expect(times.size).toBeGreaterThan(2);
    }, patience);
    expect([...times]).toEqual([...times].toSorted());
    expect(await version()).toBe(before);
  },
};
