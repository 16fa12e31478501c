import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectApi } from "../../src/client/api.ts";
import type { Clock } from "../../src/client/clock.ts";
import { conditionOf } from "../../src/client/object.ts";
import { resources } from "../../src/client/resource.ts";
import { startLocalCluster, startRunner } from "../../src/index.ts";
import { registerNode } from "../../src/runner/node-registration.ts";
import { manualClock } from "./manual-clock.ts";
import { isReady, podObject, scriptImages, scriptPod, startRig } from "./rig.ts";

test("the node says that it is ready, where its logs are, and renews its Lease", async () => {
  const { api, cluster } = await startRig();
  const node = await api.get(resources.nodes, { name: "local" });
  expect(conditionOf(node.status?.conditions, "Ready")?.status).toBe("True");
  expect(node.status?.addresses).toContainEqual({ type: "InternalIP", address: "127.0.0.1" });
  expect(node.status?.daemonEndpoints?.kubeletEndpoint?.Port).toBeGreaterThan(0);
  const lease = await api.get(resources.leases, { namespace: "kube-node-lease", name: "local" });
  expect(lease.spec).toMatchObject({ holderIdentity: "local" });
  expect(cluster.kubeconfig).toContain(cluster.url);
});

test("a node that is taken for lost, or whose object is gone, says again that it is ready", async () => {
  const { api } = await startRig({ runner: false });
  const hands = manualClock();
  let waits = Promise.withResolvers<undefined>();
  const clock: Clock = {
    now: () => hands.now(),
    after(ms, callback) {
      const cancel = hands.after(ms, callback);
      waits.resolve(undefined);
      return cancel;
    },
  };
  const errors: unknown[] = [];
  const registration = await registerNode(api, {
    nodeName: "lost",
    hostIP: "127.0.0.1",
    logPort: 1,
    labels: {},
    maxPods: 10,
    clock,
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => registration.close());
  /** Whether the node is said to be ready after one more beat. */
  const readyAfterBeat = async (): Promise<string | undefined> => {
    await waits.promise;
    waits = Promise.withResolvers();
    hands.advance(10_000);
    await waits.promise;
    const { status } = await api.get(resources.nodes, { name: "lost" });
    return conditionOf(status?.conditions, "Ready")?.status;
  };
  const unknown = { status: { conditions: [{ type: "Ready", status: "Unknown" }] } };
  await api.patch(resources.nodes, { name: "lost" }, unknown, { type: "strategic", subresource: "status" });
  expect(await readyAfterBeat()).toBe("True");
  await api.remove(resources.nodes, { name: "lost" });
  expect(await readyAfterBeat()).toBe("True");
  expect(errors).toEqual([]);
});

describe("logs", () => {
  const script = `process.on("SIGTERM",()=>{console.log("bye");process.exit(0)}); for (const i of [1,2,3]) console.log("line " + i); console.error("oops"); setInterval(()=>{},1e6)`;

  test("of the whole run, of its tail, and as they come", async () => {
    const { api, cluster, create, untilPod } = await startRig({ runner: { images: scriptImages } });
    await create(scriptPod("talker", script));
    await untilPod("talker", isReady);
    const logs = (query: string): Promise<Response> =>
      fetch(`${cluster.url}/api/v1/namespaces/default/pods/talker/log?${query}`);
    const following = await logs("follow=true");
    const reader = following.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while (!seen.includes("oops") || !seen.includes("line 3")) seen += (await reader?.read())?.value ?? "";
    expect(seen).toMatch(/line 1\nline 2\nline 3\n/);
    expect((await (await logs("tailLines=2")).text()).trim().split("\n")).toHaveLength(2);
    expect(await (await logs("timestamps=true&tailLines=1")).text()).toMatch(/^\d{4}-\d\d-\d\dT\S+Z \S/);
    await api.remove(resources.pods, { namespace: "default", name: "talker" });
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { value: "", done: true };
      seen += value ?? "";
      if (done) break;
    }
    expect(seen).toMatch(/bye\n$/);
  });

  test("of the run before, after a restart", async () => {
    const { cluster, create, untilPod } = await startRig({ runner: { images: scriptImages } });
    await create(scriptPod("again", `console.log("pid", process.pid); process.exit(1)`));
    const pod = await untilPod("again", ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
    expect(pod.status?.phase).toBe("Running");
    const previous = await fetch(`${cluster.url}/api/v1/namespaces/default/pods/again/log?previous=true`);
    expect(await previous.text()).toMatch(/^pid \d+\n$/);
  });
});

test("without processes, 500 pods are ready with addresses of their own, after two writes each", async () => {
  const { api, create, until } = await startRig({
    runner: { processes: false, podCidrs: ["10.1.0.0/16", "fd00:1::/64"] },
  });
  const watching = new AbortController();
  const events = new Map<string, number>();
  const { resourceVersion } = await api.list(resources.pods);
  const counting = (async () => {
    for await (const { object } of api.watch(resources.pods, { resourceVersion, signal: watching.signal })) {
      events.set(object.metadata.name, (events.get(object.metadata.name) ?? 0) + 1);
    }
  })().catch(() => undefined);
  const names = Array.from({ length: 500 }, (_, index) => `pod-${index}`);
  const container = { name: "main", image: "x" };
  await Promise.all(names.map((name) => create(podObject(name, { containers: [container] }))));
  const addresses = await until(resources.pods, (pods) => {
    if (!(pods.length === 500 && pods.every(isReady))) return undefined;
    return pods.map(({ status }) => status?.podIPs?.map(({ ip }) => ip).join(" "));
  });
  watching.abort();
  await counting;
  expect(new Set(addresses).size).toBe(500);
  expect(addresses[0]).toMatch(/^10\.1\.\d+\.\d+ fd00:1::[0-9a-f]+$/);
  // Its creation, its binding, its status.
  expect(Math.max(...events.values())).toBeLessThanOrEqual(3);
});

test("where pods cannot have an address each, connections are mapped", async () => {
  const { cluster, create, untilPod } = await startRig({ runner: { addressing: "mapped", podCidrs: ["10.9.0.0/16"] } });
  const container = { name: "main", image: "x", ports: [{ containerPort: 80 }] };
  const readinessProbe = { httpGet: { path: "/ready", port: 80 }, periodSeconds: 1 };
  await create(podObject("far", { containers: [{ ...container, readinessProbe }] }));
  const pod = await untilPod("far", isReady);
  const { host, port } = cluster.reach(pod.status?.podIP ?? "", 80);
  expect(host).toBe("127.0.0.1");
  const said: unknown = await (await fetch(`http://${host}:${port}/`)).json();
  expect(said).toMatchObject({ pod: "far", podIP: pod.status?.podIP });
});

test("clusters side by side on one machine give no address twice, and each runs its own pods", async () => {
  const container = { name: "main", image: "x", ports: [{ containerPort: 8080 }] };
  const readinessProbe = { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 };
  const [one, other] = [await startRig(), await startRig()];
  const said: unknown[] = [];
  for (const [rig, name] of [
    [one, "one"],
    [other, "other"],
  ] as const) {
    await rig.create(podObject(name, { containers: [{ ...container, readinessProbe }] }));
    const pod = await rig.untilPod(name, isReady);
    expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    said.push(await (await fetch(`http://${pod.status?.podIP ?? ""}:8080/`)).json());
  }
  expect(said).toMatchObject([{ pod: "one" }, { pod: "other" }]);
});

test("a runner that starts again runs the pods of the one before, at their addresses", async () => {
  const cluster = await startLocalCluster({ runner: false });
  const api = connectApi(cluster.access);
  onTestFinished(async () => {
    await api.close();
    await cluster.close();
  });
  const ready = async (restarts: number): Promise<string> => {
    for await (const { object } of api.watch(resources.pods, {
      resourceVersion: "0",
      signal: AbortSignal.timeout(80_000),
    })) {
      if (isReady(object) && object.status?.containerStatuses?.[0]?.restartCount === restarts)
        return object.status.podIP ?? "";
    }
    throw new Error("the watch ended");
  };
  const first = await startRunner(cluster.access, { images: scriptImages });
  await api.create(resources.pods, "default", scriptPod("stays", "setInterval(()=>{},1e6)"));
  const address = await ready(0);
  await first.close();
  const node = await api.get(resources.nodes, { name: "local" });
  expect(conditionOf(node.status?.conditions, "Ready")?.status).toBe("False");
  const second = await startRunner(cluster.access, { images: scriptImages });
  expect(await ready(1)).toBe(address);
  await second.close();
});

test("kill -9 of the cluster's own process takes its pods along", async () => {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const program = fileURLToPath(new URL("cluster-process.ts", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ["--conditions=@headgate/source", program, String(port)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
    server.close();
  });
  // The pod's process holds this connection until it dies.
  const [socket] = (await once(server, "connection")) as [net.Socket];
  socket.resume();
  const closed = once(socket, "close");
  child.kill("SIGKILL");
  await closed;
});
