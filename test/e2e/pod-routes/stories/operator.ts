import { describe, expect, test } from "vitest";

import { managedByLabel, managedByValue, resourceTypes } from "@headgate/api";

import { notFrom, prober } from "../ask.ts";
import { echoPod, enabled } from "../pods.ts";
import { eventually } from "../rig.ts";
import type { PodRouteRig } from "../rig.ts";
import { childKinds, openRoom } from "../room.ts";

/** The operator comes and goes, and so does a node. */
export function absenceStories(rig: () => PodRouteRig): void {
  describe("without the operator", () => {
    test("routes stay as they are; it writes nothing when it is back, and catches up with what it missed", async () => {
      const { client, headgate } = rig();
      const room = await openRoom(rig(), "operator");
      for (const name of ["stays", "goes", "opts-out"]) await room.serving(echoPod(name));
      await eventually(async () => {
        const lists = await Promise.all([
          client.list(resourceTypes.Pod, { labelSelector: "envoy-router/enabled" }),
          ...childKinds.map((kind) =>
            client.list(resourceTypes[kind], { labelSelector: `${managedByLabel}=${managedByValue}` }),
          ),
        ]);
        const left = lists.flatMap(({ items }) => items).filter(({ metadata }) => metadata.namespace !== room.name);
        expect(left).toEqual([]);
      });
      const steady = prober(() => room.ask("/stays/"), notFrom("stays"));
      await headgate.stop();
      await steady.more(5);
      expect(await headgate.start()).toMatchObject({ managedPods: 3, plannedWrites: 0 });

      await headgate.stop();
      await room.patch("Pod", "opts-out", { metadata: { labels: { "envoy-router/enabled": null } } });
      await room.delete("Pod", "goes");
      await room.create({ ...echoPod("comes"), metadata: { name: "comes", labels: enabled } });
      await steady.more(5);
      expect(await room.ask("/opts-out/")).toMatchObject({ status: 200 });
      await headgate.start();
      await room.answers("/comes/", { status: 200, said: { pod: "comes" } });
      for (const name of ["opts-out", "goes"]) await room.answers(`/${name}/`, { status: 404 });
      await steady.more(5);
      expect((await steady.stop()).failures).toEqual([]);
    });
  });

  describe("a node", () => {
    test("that leaves takes its pods' answers along and gives them back, and pods of another node go on", async () => {
      const room = await openRoom(rig(), "node");
      await room.serving(echoPod("stays"));
      const steady = prober(() => room.ask("/stays/"), notFrom("stays"));
      const node = await rig().joinNode("second");
      const pod = await room.serving(echoPod("a", { spec: { nodeName: "second" } }));
      await node.close();
      await room.answers("/a/", { status: 503, said: {} });
      await steady.more(5);
      const again = await rig().joinNode("second");
      await room.answers("/a/", { status: 200, said: { env: { POD_UID: pod.metadata.uid } } });
      await steady.more(5);
      expect((await steady.stop()).failures).toEqual([]);
      await room.delete("Pod", "a");
      await room.answers("/a/", { status: 404 });
      await again.close();
      await rig().client.delete({ apiVersion: "v1", kind: "Node", name: "second" });
    });
  });
}
