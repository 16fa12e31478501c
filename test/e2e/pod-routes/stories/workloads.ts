import { describe, expect, test } from "vitest";

import { notFrom, prober } from "../ask.ts";
import { echoDeployment, isServing } from "../pods.ts";
import { eventually } from "../rig.ts";
import type { PodRouteRig } from "../rig.ts";
import { openRoom } from "../room.ts";
import type { Room } from "../room.ts";

/** Pods that a Deployment makes and removes. */
export function workloadStories(rig: () => PodRouteRig): void {
  describe("a Deployment of labelled pods", () => {
    test("that grows and shrinks has a route for each pod that it has, and those that stay lose no request", async () => {
      const room = await openRoom(rig(), "scaled");
      await room.create(echoDeployment("web", 2, { spec: { terminationGracePeriodSeconds: 2 } }));
      const first = await routed(room, 2);
      await room.patch("Deployment", "web", { spec: { replicas: 6 } });
      const all = await routed(room, 6);
      expect(all).toEqual(expect.arrayContaining([...first]));
      const probers = new Map(all.map((name) => [name, prober(() => room.ask(`/${name}/`), notFrom(name))]));
      await Promise.all([...probers.values()].map((one) => one.more(3)));
      await room.patch("Deployment", "web", { spec: { replicas: 2 } });
      // Which ones go is the controller's choice.
      const left = await routed(room, 2);
      for (const name of all.filter((one) => !left.includes(one))) await room.answers(`/${name}/`, { status: 404 });
      for (const name of left) await probers.get(name)?.more(3);
      const failures = new Map<string, readonly string[]>();
      for (const [name, one] of probers) failures.set(name, (await one.stop()).failures);
      expect(left.map((name) => failures.get(name))).toEqual([[], []]);
    });
  });
}

/** The names of the pods that serve, once there are so many and each answers at its path. */
export async function routed(room: Room, count: number): Promise<readonly string[]> {
  let names: readonly string[] = [];
  await eventually(async () => {
    names = (await room.list("Pod")).filter(isServing).map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(count);
    const answers = await Promise.all(names.map((name) => room.ask(`/${name}/`)));
    expect(answers).toMatchObject(names.map((pod) => ({ status: 200, said: { pod } })));
  });
  return names;
}
