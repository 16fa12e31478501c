import { describe, expect, test } from "vitest";

import type { KubeObject } from "@headgate/api";

import { echoPod, statedPod } from "../pods.ts";
import { eventually } from "../rig.ts";
import type { PodRouteRig } from "../rig.ts";
import { childKinds, openRoom } from "../room.ts";

/** What is made for a pod, and what others do to it. */
export function childStories(rig: () => PodRouteRig): void {
  describe("what belongs to a pod", () => {
    test("is put right when somebody edits it, and made anew when somebody deletes it", async () => {
      const room = await openRoom(rig(), "repaired");
      const pod = await room.serving(echoPod("a"));
      const made = Object.fromEntries(
        await Promise.all(childKinds.map(async (kind) => [kind, await room.get(kind, "a")] as const)),
      );
      const metadata = { labels: { "app.kubernetes.io/managed-by": "somebody" } };
      const elsewhere = {
        matches: [{ path: { type: "PathPrefix", value: "/x" } }],
        backendRefs: [{ name: "x", port: 80 }],
      };
      await room.patch("HTTPRoute", "a", { metadata, spec: { rules: [elsewhere] } });
      const endpoints = [{ addresses: ["10.0.0.9"], conditions: { ready: true } }];
      await room.patch("EndpointSlice", "a", { metadata, endpoints });
      await room.patch("Service", "a", { metadata, spec: { ports: [{ port: 81, targetPort: 1 }] } });
      await eventually(async () => {
        for (const kind of childKinds) expect(essence(await room.get(kind, "a"))).toEqual(essence(made[kind]));
      });
      await room.answers("/a/", { status: 200, said: { pod: "a" } });
      for (const kind of childKinds) await room.delete(kind, "a");
      await eventually(async () => {
        expect(await room.childrenOf(pod.metadata.uid)).toHaveLength(3);
        for (const kind of childKinds)
          expect((await room.get(kind, "a")).metadata.uid).not.toBe(made[kind]?.metadata.uid);
      });
      await room.answers("/a/", { status: 200, said: { pod: "a" } });
    });

    test("never takes the place of somebody's route", async () => {
      const room = await openRoom(rig(), "foreign");
      const foreign = await room.create({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "a" },
        spec: {
          parentRefs: [{ name: "other" }],
          rules: [{ matches: [{ path: { type: "PathPrefix", value: "/x" } }] }],
        },
      });
      await room.serving(echoPod("b"));
      await room.create(echoPod("a"));
      await eventually(async () => {
        const told = (await room.list("Event")).filter(({ reason }) => reason === "ForeignObject");
        expect(told).toMatchObject([{ involvedObject: { kind: "Pod", name: "a" } }]);
      });
      expect(await room.get("HTTPRoute", "a")).toEqual(foreign);
      await room.delete("Pod", "a");
      await eventually(async () => {
        expect((await room.list("Pod")).map(({ metadata }) => metadata.name)).toEqual(["b"]);
      });
      expect(await room.get("HTTPRoute", "a")).toEqual(foreign);
    });

    test("is a slice for each address family of the pod", async () => {
      const room = await openRoom(rig(), "families");
      await room.serving(echoPod("first"));
      const pods = { both: ["10.9.0.1", "fd00::9"], six: ["fd00::a"] };
      for (const [name, ips] of Object.entries(pods)) {
        await room.create(statedPod(name));
        const conditions = [{ type: "Ready", status: "True" }];
        const podIPs = ips.map((ip) => ({ ip }));
        await room.patchStatus("Pod", name, { phase: "Running", podIP: ips[0], podIPs, conditions });
      }
      await eventually(async () => {
        const slices = (await room.list("EndpointSlice")).map((slice) => {
          const { addressType, endpoints } = slice as unknown as { addressType: string; endpoints: object[] };
          return [slice.metadata.labels?.["kubernetes.io/service-name"], addressType, endpoints[0]];
        });
        expect(slices).toHaveLength(4);
        expect(slices).toEqual(
          expect.arrayContaining([
            ["both", "IPv4", expect.objectContaining({ addresses: ["10.9.0.1"] })],
            ["both", "IPv6", expect.objectContaining({ addresses: ["fd00::9"] })],
            ["six", "IPv6", expect.objectContaining({ addresses: ["fd00::a"] })],
          ]),
        );
      });
    });
  });
}

/** What of an object is the controller's: not who wrote it when. */
function essence(object: KubeObject | undefined): object {
  const { spec, ports, endpoints, metadata } = object ?? ({ metadata: {} } as KubeObject);
  const { clusterIP, clusterIPs, ...wanted } = (spec ?? {}) as Record<string, unknown>;
  return { spec: wanted, ports, endpoints, labels: metadata.labels, hasAddress: clusterIP !== undefined || clusterIPs };
}
