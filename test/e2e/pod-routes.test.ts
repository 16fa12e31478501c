import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import type { KubeObject } from "@headgate/api";

import { echoContainer, echoPod, notFrom, openRoom, patience, prober, startPodRouteRig } from "./pod-route-rig.ts";
import type { PodRouteRig, Room } from "./pod-route-rig.ts";

const childKinds = ["Service", "EndpointSlice", "HTTPRoute"] as const;

let rig: PodRouteRig;
beforeAll(async () => {
  rig = await startPodRouteRig();
});
afterAll(async () => {
  await rig.close();
});

/** A pod that answers at its path, as the API server has it. */
async function servingPod(room: Room, pod: KubeObject): Promise<KubeObject> {
  const { name } = (await room.create(pod)).metadata;
  await room.answers(`/${name}/`, { status: 200, said: { pod: name } });
  return room.get("Pod", name);
}

const addressOf = ({ status }: KubeObject): string => (status as { podIP: string }).podIP;

async function childrenOf(room: Room, uid: string | undefined): Promise<readonly string[]> {
  const lists = await Promise.all(childKinds.map((kind) => room.list(kind)));
  return lists
    .flat()
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

describe("a pod that is not to be asked", () => {
  test("gets nothing while it is not ready, and is asked again when it is", async () => {
    const room = await openRoom(rig, "readiness");
    const pod = await servingPod(room, echoPod("a"));
    const ready = async (value: boolean): Promise<void> => {
      const answer = await fetch(`http://${addressOf(pod)}:8080/admin/ready?value=${String(value)}`, {
        method: "POST",
      });
      expect(answer.status).toBe(200);
    };
    await ready(false);
    await room.answers("/a/", { status: 503, said: {} });
    // It would answer, were it asked.
    expect((await fetch(`http://${addressOf(pod)}:8080/`)).status).toBe(200);
    await ready(true);
    await room.answers("/a/", { status: 200, said: { pod: "a" } });
  });

  test("is no longer routed when it has finished", async () => {
    const room = await openRoom(rig, "finished");
    const pod = await servingPod(room, echoPod("a", { spec: { restartPolicy: "Never" } }));
    await fetch(`http://${addressOf(pod)}:8080/admin/exit?code=0`, { method: "POST" });
    await room.answers("/a/", { status: 404 });
    await vi.waitFor(async () => {
      expect(await childrenOf(room, pod.metadata.uid)).toEqual([]);
    }, patience);
    expect((await room.get("Pod", "a")).status).toMatchObject({ phase: "Succeeded" });
  });
});

describe("a pod that is deleted", () => {
  test("serves until it stops listening, ends what it has begun, and then its route goes; no other pod is touched", async () => {
    const room = await openRoom(rig, "terminating");
    const grace = { terminationGracePeriodSeconds: 3 };
    await servingPod(room, echoPod("leaves", { env: { ECHO_DRAIN: "1s" }, spec: grace }));
    await servingPod(room, echoPod("stays"));
    const other = prober(() => room.ask("/stays/"), notFrom("stays"));
    await other.more(5);
    const long = room.ask("/leaves/?delay=1500ms");
    const begun = (): number => [...(rig.data.stats()?.endpoints.values() ?? [])].reduce((sum, n) => sum + n, 0);
    // One of the other prober's may be under way as well.
    await vi.waitUntil(() => begun() >= 1, patience);
    await room.delete("Pod", "leaves");
    await vi.waitFor(async () => {
      const [slice] = (await room.list("EndpointSlice")).filter(({ metadata }) => metadata.name === "leaves");
      expect(slice).toMatchObject({ endpoints: [{ conditions: { ready: false, serving: true, terminating: true } }] });
    }, patience);
    expect(await room.ask("/leaves/")).toMatchObject({ status: 200, said: { pod: "leaves" } });
    expect(await long).toMatchObject({ status: 200, said: { pod: "leaves" } });
    await room.answers("/leaves/", { status: 404 });
    await vi.waitFor(async () => {
      expect((await room.list("Service")).map(({ metadata }) => metadata.name)).toEqual(["stays"]);
    }, patience);
    await other.more(5);
    expect((await other.stop()).failures).toEqual([]);
  });

  test("and made again under its name is routed to the new one", async () => {
    const room = await openRoom(rig, "recreated");
    const first = await servingPod(room, echoPod("a", { spec: { terminationGracePeriodSeconds: 1 } }));
    await room.delete("Pod", "a");
    await vi.waitFor(() => room.create(echoPod("a")), patience);
    const second = await room.get("Pod", "a");
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    await room.answers("/a/", { status: 200, said: { env: { POD_UID: second.metadata.uid } } });
    await vi.waitFor(async () => {
      expect(await childrenOf(room, second.metadata.uid)).toHaveLength(3);
      expect(await childrenOf(room, first.metadata.uid)).toEqual([]);
    }, patience);
  });
});

describe("what belongs to a pod", () => {
  test("is put right when somebody edits it, and made anew when somebody deletes it", async () => {
    const room = await openRoom(rig, "repaired");
    const pod = await servingPod(room, echoPod("a"));
    const made = Object.fromEntries(
      await Promise.all(childKinds.map(async (kind) => [kind, await room.get(kind, "a")] as const)),
    );
    await room.patch("Service", "a", { spec: { ports: [{ port: 81, targetPort: 1 }] } });
    await room.patch("EndpointSlice", "a", { endpoints: [{ addresses: ["10.0.0.9"], conditions: { ready: true } }] });
    const elsewhere = {
      matches: [{ path: { type: "PathPrefix", value: "/x" } }],
      backendRefs: [{ name: "x", port: 80 }],
    };
    await room.patch("HTTPRoute", "a", { spec: { rules: [elsewhere] } });
    for (const kind of childKinds) {
      await room.patch(kind, "a", { metadata: { labels: { "app.kubernetes.io/managed-by": "somebody" } } });
    }
    await vi.waitFor(async () => {
      for (const kind of childKinds) expect(essence(await room.get(kind, "a"))).toEqual(essence(made[kind]));
    }, patience);
    await room.answers("/a/", { status: 200, said: { pod: "a" } });
    for (const kind of childKinds) await room.delete(kind, "a");
    await vi.waitFor(async () => {
      expect(await childrenOf(room, pod.metadata.uid)).toHaveLength(3);
      for (const kind of childKinds)
        expect((await room.get(kind, "a")).metadata.uid).not.toBe(made[kind]?.metadata.uid);
    }, patience);
    await room.answers("/a/", { status: 200, said: { pod: "a" } });
  });

  test("never takes the place of somebody's route", async () => {
    const room = await openRoom(rig, "foreign");
    await room.create(echoPod("b"));
    const foreign = await room.create({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "a" },
      spec: { parentRefs: [{ name: "other" }], rules: [{ matches: [{ path: { type: "PathPrefix", value: "/x" } }] }] },
    });
    await room.create(echoPod("a"));
    await room.answers("/b/", { status: 200, said: { pod: "b" } });
    await vi.waitFor(async () => {
      const told = (await room.list("Event")).filter(({ reason }) => reason === "ForeignObject");
      expect(told).toMatchObject([{ involvedObject: { kind: "Pod", name: "a" } }]);
    }, patience);
    expect(await room.get("HTTPRoute", "a")).toEqual(foreign);
    await room.delete("Pod", "a");
    await vi.waitFor(async () => {
      expect((await room.list("Pod")).map(({ metadata }) => metadata.name)).toEqual(["b"]);
    }, patience);
    expect(await room.get("HTTPRoute", "a")).toEqual(foreign);
  });

  test("is a slice for each address family of the pod", async () => {
    const room = await openRoom(rig, "families");
    const pods = { both: ["10.9.0.1", "fd00::9"], six: ["fd00::a"] };
    for (const [name, ips] of Object.entries(pods)) {
      await room.create(echoPod(name, { spec: { nodeName: "elsewhere" } }));
      const conditions = [{ type: "Ready", status: "True" }];
      await rig.client.patch(
        { apiVersion: "v1", kind: "Pod", namespace: room.name, name },
        { status: { phase: "Running", podIP: ips[0], podIPs: ips.map((ip) => ({ ip })), conditions } },
        { type: "merge", subresource: "status" },
      );
    }
    await vi.waitFor(async () => {
      const slices = (await room.list("EndpointSlice")).map((slice) => {
        const { addressType, endpoints } = slice as unknown as { addressType: string; endpoints: object[] };
        return [slice.metadata.labels?.["kubernetes.io/service-name"], addressType, endpoints[0]];
      });
      expect(slices).toHaveLength(3);
      expect(slices).toEqual(
        expect.arrayContaining([
          ["both", "IPv4", expect.objectContaining({ addresses: ["10.9.0.1"] })],
          ["both", "IPv6", expect.objectContaining({ addresses: ["fd00::9"] })],
          ["six", "IPv6", expect.objectContaining({ addresses: ["fd00::a"] })],
        ]),
      );
    }, patience);
  });
});

describe("routes", () => {
  test("of two namespaces are on the Gateway of each", async () => {
    const rooms = [await openRoom(rig, "one"), await openRoom(rig, "two")];
    for (const room of rooms) await room.create(echoPod("a"));
    for (const room of rooms) {
      await room.answers("/a/", { status: 200, said: { pod: "a", namespace: room.name } });
    }
  });

  test("follow the pod's annotations, and no request of a client that follows too is lost", async () => {
    const room = await openRoom(rig, "annotations");
    await servingPod(room, echoPod("a", { ports: [8080, 9090] }));
    const annotate = (name: string, value: string): Promise<KubeObject> =>
      room.patch("Pod", "a", { metadata: { annotations: { [`envoy-router/${name}`]: value } } });
    const pod = notFrom("a");

    const steady = prober(() => room.ask("/a/x"), pod);
    await steady.more(3);
    await annotate("port", "9090");
    await vi.waitFor(async () => {
      expect(await room.get("EndpointSlice", "a")).toMatchObject({ ports: [{ port: 9090 }] });
    }, patience);
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

    const host = "shop.example.com";
    const hosted = prober(() => room.ask("/b/c/x", { host }), pod);
    await hosted.more(3);
    await annotate("hostname", host);
    await room.answers("/b/c/x", { status: 404 });
    await hosted.more(3);
    expect((await hosted.stop()).failures).toEqual([]);
  });
});

test("a rolling update under load loses no request to a pod that serves", async () => {
  const room = await openRoom(rig, "rolling");
  const template = (version: string): object => ({
    metadata: { labels: { app: "web", "envoy-router/enabled": "true" } },
    spec: { terminationGracePeriodSeconds: 2, containers: [echoContainer([8080], { VERSION: version })] },
  });
  await room.create({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: template("1") },
  });
  const serving = async (): Promise<readonly string[]> =>
    (await room.list("Pod"))
      .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && isReady(status))
      .map(({ metadata }) => metadata.name);
  await vi.waitFor(async () => {
    const names = await serving();
    expect(names).toHaveLength(3);
    for (const name of names) expect((await room.ask(`/${name}/`)).status).toBe(200);
  }, patience);
  const old = await serving();

  const routed = new Set(old);
  let asked = 0;
  let on = true;
  const failures: string[] = [];
  const load = (async () => {
    while (on) {
      for (const name of await serving()) {
        const { status } = await room.ask(`/${name}/`);
        asked += 1;
        // A new pod counts from its first answer on; one that is leaving no longer counts.
        if (status === 200) routed.add(name);
        else if (routed.has(name) && (await serving()).includes(name)) failures.push(`${name}: ${String(status)}`);
      }
    }
  })();
  await room.patch("Deployment", "web", { spec: { template: template("2") } });
  await vi.waitFor(async () => {
    const names = await serving();
    expect(names).toHaveLength(3);
    expect(names.filter((name) => old.includes(name))).toEqual([]);
    for (const name of names) {
      expect(await room.ask(`/${name}/`)).toMatchObject({ status: 200, said: { env: { VERSION: "2" } } });
    }
    for (const name of old) expect((await room.ask(`/${name}/`)).status).toBe(404);
  }, patience);
  on = false;
  await load;
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(10);
});

test("fifty pods at once are all routed, each to itself", async () => {
  const room = await openRoom(rig, "fifty");
  const names = Array.from({ length: 50 }, (_, index) => `pod-${String(index)}`);
  // The pods of a node of the test's: a server each.
  const ports = await Promise.all(names.map((name) => answering(name)));
  const conditions = [{ type: "Ready", status: "True" }];
  await Promise.all(
    names.map(async (name, index) => {
      const annotations = { "envoy-router/port": String(ports[index]) };
      await room.create(echoPod(name, { annotations, spec: { nodeName: "elsewhere" } }));
      await rig.client.patch(
        { apiVersion: "v1", kind: "Pod", namespace: room.name, name },
        { status: { phase: "Running", podIP: "127.0.0.1", podIPs: [{ ip: "127.0.0.1" }], conditions } },
        { type: "merge", subresource: "status" },
      );
    }),
  );
  await vi.waitFor(async () => {
    for (const name of names) expect(await room.ask(`/${name}/`)).toEqual({ status: 200, said: { pod: name } });
  }, patience);
});

/** What of an object is the controller's: not who wrote it when. */
function essence(object: KubeObject | undefined): object {
  const { spec, ports, endpoints, metadata } = object ?? ({ metadata: {} } as KubeObject);
  const { clusterIP, clusterIPs, ...wanted } = (spec ?? {}) as Record<string, unknown>;
  return { spec: wanted, ports, endpoints, labels: metadata.labels, hasAddress: clusterIP !== undefined || clusterIPs };
}

function isReady(status: unknown): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}

/** The port of a server that says this pod's name, until the test has finished. */
async function answering(pod: string): Promise<number> {
  const server = createServer((_, response) => response.end(JSON.stringify({ pod })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
