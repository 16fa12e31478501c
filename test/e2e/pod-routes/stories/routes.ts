import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";

import type { KubeObject } from "@headgate/api";

import { notFrom, prober } from "../ask.ts";
import { echoPod, statedPod } from "../pods.ts";
import { becomes, eventually } from "../rig.ts";
import type { PodRouteRig } from "../rig.ts";
import { openRoom } from "../room.ts";

/** Where routes lead, and by which path. */
export function routeStories(rig: () => PodRouteRig): void {
  describe("routes", () => {
    test("of two namespaces are on the Gateway of each", async () => {
      const rooms = [await openRoom(rig(), "one"), await openRoom(rig(), "two")];
      for (const room of rooms) await room.serving(echoPod("a"));
      for (const room of rooms) {
        await room.answers("/a/", { status: 200, said: { pod: "a", namespace: room.name } });
      }
    });

    test("follow the pod's annotations, and no request of a client that follows too is lost", async () => {
      const room = await openRoom(rig(), "annotations");
      await room.serving(echoPod("a", { ports: [8080, 9090] }));
      const annotate = (name: string, value: string): Promise<KubeObject> =>
        room.patch("Pod", "a", { metadata: { annotations: { [`envoy-router/${name}`]: value } } });
      const pod = notFrom("a");

      const steady = prober(() => room.ask("/a/x"), pod);
      await steady.more(3);
      await annotate("port", "9090");
      await becomes(() => room.get("EndpointSlice", "a"), { ports: [{ port: 9090 }] });
      await steady.more(3);
      await annotate("strip-prefix", "true");
      await room.answers("/a/x", { status: 200, said: { path: "/x" } });
      await steady.more(3);
      expect((await steady.stop()).failures).toEqual([]);

      // A request finds the old path or the new one: the change is one step.
      const either = prober(async () => {
        const before = await room.ask("/a/x");
        return before.status === 404 ? room.ask("/b/c/x") : before;
      }, pod);
      await either.more(3);
      await annotate("path", "/b/c");
      await room.answers("/b/c/x", { status: 200, said: { path: "/x" } });
      await either.more(3);
      expect(await room.ask("/a/x")).toMatchObject({ status: 404 });
      expect((await either.stop()).failures).toEqual([]);

      const headers = { host: "shop.example.com" };
      const hosted = prober(() => room.ask("/b/c/x", { headers }), pod);
      await hosted.more(3);
      await annotate("hostname", headers.host);
      await room.answers("/b/c/x", { status: 404 });
      await hosted.more(3);
      expect((await hosted.stop()).failures).toEqual([]);
    });

    test("of fifty pods at once lead each to its own", async () => {
      const room = await openRoom(rig(), "fifty");
      await room.serving(echoPod("first"));
      const names = Array.from({ length: 50 }, (_, index) => `pod-${String(index)}`);
      // The pods of a node of the test's: a server each.
      const { host } = rig();
      const ports = await Promise.all(names.map((name) => answering(name, host)));
      const conditions = [{ type: "Ready", status: "True" }];
      await Promise.all(
        names.map(async (name, index) => {
          const annotations = { "envoy-router/port": String(ports[index]) };
          await room.create(statedPod(name, { annotations }));
          const podIPs = [{ ip: host }];
          await room.patchStatus("Pod", name, { phase: "Running", podIP: host, podIPs, conditions });
        }),
      );
      await eventually(async () => {
        for (const name of names) expect(await room.ask(`/${name}/`)).toEqual({ status: 200, said: { pod: name } });
      });
    });
  });
}

/** The port of a server that says this pod's name, until the test has finished. */
async function answering(pod: string, host: string): Promise<number> {
  const server = createServer((_, response) => response.end(JSON.stringify({ pod })));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
