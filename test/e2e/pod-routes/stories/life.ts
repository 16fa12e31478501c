import { describe, expect, test, vi } from "vitest";

import type { KubeObject } from "@headgate/api";

import { notFrom, prober } from "../ask.ts";
import { addressOf, echoPod, enabled, restarts } from "../pods.ts";
import { becomes, eventually, patience } from "../rig.ts";
import type { PodRouteRig } from "../rig.ts";
import { hasNoChildren, openRoom } from "../room.ts";
import type { Room } from "../room.ts";

const tell = async (pod: KubeObject, what: string): Promise<void> => {
  const answer = await fetch(`http://${addressOf(pod)}:8080/admin/${what}`, { method: "POST" });
  expect(answer.status).toBe(200);
};

/** From its first label to its last request. */
export function lifeStories(rig: () => PodRouteRig): void {
  describe("a pod that runs", () => {
    test("is routed from the label on and no longer without it; neither it nor another pod notices", async () => {
      const room = await openRoom(rig(), "label");
      await room.serving(echoPod("stays"));
      const other = prober(() => room.ask("/stays/"), notFrom("stays"));
      const plain = echoPod("a");
      await room.create({ ...plain, metadata: { name: "a" } });
      await becomes(() => room.get("Pod", "a"), { status: { phase: "Running" } });
      expect(await room.ask("/a/")).toMatchObject({ status: 404 });

      const before = await childVersions(room, "stays");
      await room.patch("Pod", "a", { metadata: { labels: enabled } });
      await room.answers("/a/", { status: 200, said: { pod: "a" } });
      const pod = await room.get("Pod", "a");
      await room.patch("Pod", "a", { metadata: { labels: { "envoy-router/enabled": null } } });
      await room.answers("/a/", { status: 404 });
      await hasNoChildren(room, pod.metadata.uid);
      const after = await room.get("Pod", "a");
      expect(after).toMatchObject({ metadata: { uid: pod.metadata.uid }, status: { phase: "Running" } });
      expect(after.metadata.deletionTimestamp).toBeUndefined();
      expect(restarts(after)).toBe(0);
      expect((await fetch(`http://${addressOf(pod)}:8080/`)).status).toBe(200);

      await other.more(5);
      expect((await other.stop()).failures).toEqual([]);
      expect(await childVersions(room, "stays")).toEqual(before);
    });

    test("gets nothing while it is not ready, and is asked again when it is", async () => {
      const room = await openRoom(rig(), "readiness");
      const pod = await room.serving(echoPod("a"));
      await tell(pod, "ready?value=false");
      await room.answers("/a/", { status: 503, said: {} });
      // It would answer, were it asked.
      expect((await fetch(`http://${addressOf(pod)}:8080/`)).status).toBe(200);
      await tell(pod, "ready?value=true");
      await room.answers("/a/", { status: 200, said: { pod: "a" } });
    });

    test("is routed again when its process was killed and has started anew, and no other pod is touched", async () => {
      const room = await openRoom(rig(), "killed");
      await room.serving(echoPod("stays"));
      const pod = await room.serving(echoPod("a"));
      const other = prober(() => room.ask("/stays/"), notFrom("stays"));
      await other.more(3);
      const { said } = await room.ask("/a/");
      process.kill(Number(said["pid"]), "SIGKILL");
      await eventually(async () => {
        expect(restarts(await room.get("Pod", "a"))).toBe(1);
      });
      await room.answers("/a/", { status: 200, said: { pod: "a", env: { POD_UID: pod.metadata.uid } } });
      const last = { terminated: { exitCode: 137 } };
      expect(await room.get("Pod", "a")).toMatchObject({ status: { containerStatuses: [{ lastState: last }] } });
      await other.more(3);
      expect((await other.stop()).failures).toEqual([]);
    });

    test("is no longer routed when it has finished", async () => {
      const room = await openRoom(rig(), "finished");
      const pod = await room.serving(echoPod("a", { spec: { restartPolicy: "Never" } }));
      await tell(pod, "exit?code=0");
      await room.answers("/a/", { status: 404 });
      await hasNoChildren(room, pod.metadata.uid);
      expect((await room.get("Pod", "a")).status).toMatchObject({ phase: "Succeeded" });
    });

    test("under a name that no Service may have is routed all the same", async () => {
      const room = await openRoom(rig(), "names");
      for (const name of ["1.web", `${"long-".repeat(20)}name`]) await room.serving(echoPod(name));
    });
  });

  describe("a pod that is deleted", () => {
    test("serves until it stops listening, ends what it has begun, and then its route goes; no other pod is touched", async () => {
      const room = await openRoom(rig(), "terminating");
      const grace = { terminationGracePeriodSeconds: 30 };
      // Long enough for all that is looked at before it stops listening.
      await room.serving(echoPod("leaves", { env: { ECHO_DRAIN: "6s" }, spec: grace }));
      await room.serving(echoPod("stays"));
      const long = room.ask("/leaves/?delay=3s");
      // It is waited for below, where the test gets there.
      long.catch(() => undefined);
      await vi.waitFor(async () => {
        expect(await room.gateway.inProgress()).toBeGreaterThan(0);
      }, patience);
      const other = prober(() => room.ask("/stays/"), notFrom("stays"));
      await other.more(5);
      await room.delete("Pod", "leaves");
      await eventually(async () => {
        const [slice] = (await room.list("EndpointSlice")).filter(({ metadata }) => metadata.name === "leaves");
        expect(slice).toMatchObject({ endpoints: [{ conditions: { ready: true, terminating: true } }] });
      });
      expect(await room.ask("/leaves/")).toMatchObject({ status: 200, said: { pod: "leaves" } });
      expect(await long).toMatchObject({ status: 200, said: { pod: "leaves" } });
      await room.answers("/leaves/", { status: 404 });
      await eventually(async () => {
        expect(await childVersions(room, "leaves")).toEqual({});
      });
      await other.more(5);
      expect((await other.stop()).failures).toEqual([]);
    });

    test("and made again under its name is routed to the new one", async () => {
      const room = await openRoom(rig(), "recreated");
      const first = await room.serving(echoPod("a", { spec: { terminationGracePeriodSeconds: 1 } }));
      await room.delete("Pod", "a");
      await vi.waitFor(() => room.create(echoPod("a")), patience);
      const second = await room.get("Pod", "a");
      expect(second.metadata.uid).not.toBe(first.metadata.uid);
      await room.answers("/a/", { status: 200, said: { env: { POD_UID: second.metadata.uid } } });
      await hasNoChildren(room, first.metadata.uid);
      await eventually(async () => {
        expect(await room.childrenOf(second.metadata.uid)).toHaveLength(3);
      });
    });
  });
}

/** The children of a name, as `Kind` and resource version, without what a gateway says of them in their status. */
async function childVersions(room: Room, name: string): Promise<Readonly<Record<string, unknown>>> {
  const lists = await Promise.all((["Service", "EndpointSlice", "HTTPRoute"] as const).map((kind) => room.list(kind)));
  const children = lists.flat().filter(({ metadata }) => metadata.name === name);
  return Object.fromEntries(children.map(({ kind, metadata }) => [kind, [metadata.uid, metadata.generation]]));
}
