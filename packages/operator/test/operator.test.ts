import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { defaultPodRouteSettings, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import type { ApiServer } from "@headgate/local";
import { operator } from "@headgate/operator";
import type { Operator } from "@headgate/operator";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const anyPort = { host: "127.0.0.1", port: 0 };

let server: ApiServer;
let client: Client;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  server = await startApiServer({});
  client = connect({ server: server.url });
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await client.close();
  await server.close();
});

/** Runs an operator until the end of the test, or until the returned function is called. */
function run(options: { readonly instance?: string; readonly election?: string; readonly servicePort?: number } = {}): {
  readonly running: Operator;
  readonly stop: () => Promise<void>;
} {
  const { instance = "headgate", election, servicePort = 80 } = options;
  const running = operator({
    client,
    settings: { ...defaultPodRouteSettings, instance, servicePort },
    log: silent,
    metricsAddress: anyPort,
    probeAddress: anyPort,
    election: election === undefined ? undefined : { namespace: "default", name: election },
  });
  const abort = new AbortController();
  const done = running.run(abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await done;
  };
  stops.push(stop);
  return { running, stop };
}

async function text(port: Promise<number> | undefined, path: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(`http://127.0.0.1:${String(await port)}${path}`);
  return { status: answer.status, body: await answer.text() };
}

async function aReadyPod(name: string, ip: string): Promise<KubeObject> {
  const labels = { "envoy-router/enabled": "true" };
  const spec = { nodeName: "n", containers: [{ name: "c", image: "x" }] };
  await client.create({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", labels }, spec });
  const conditions = [{ type: "Ready", status: "True" }];
  return client.patch(
    { apiVersion: "v1", kind: "Pod", namespace: "default", name },
    { status: { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions } },
    { type: "merge", subresource: "status" },
  );
}

async function childrenOf(uid: string | undefined): Promise<readonly string[]> {
  const types = [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute];
  const lists = await Promise.all(types.map((type) => client.list(type)));
  return lists
    .flatMap(({ items }) => items)
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .sort();
}

const complete = ["EndpointSlice/a", "HTTPRoute/a", "Service/a"];

describe("the operator", () => {
  test("makes a pod's three objects, counts it, and takes them away with the label", async () => {
    const { running } = run({ election: "pod-routes" });
    const pod = await aReadyPod("a", "10.1.2.3");
    await vi.waitFor(async () => {
      expect(await childrenOf(pod.metadata.uid)).toEqual(complete);
    }, 60_000);
    await vi.waitFor(async () => {
      const { body } = await text(running.ports.metrics, "/metrics");
      expect(body).toContain("envoy_router_managed_pods 1\n");
      expect(body).toContain("headgate_pending_writes 0\n");
      expect(body).toContain('controller_runtime_reconcile_total{controller="pod-routes",result="success"} 3\n');
      expect(body).toContain('controller_runtime_reconcile_time_seconds_count{controller="pod-routes"} 3\n');
    }, 60_000);

    const unlabel = { metadata: { labels: { "envoy-router/enabled": null } } };
    await client.patch({ apiVersion: "v1", kind: "Pod", namespace: "default", name: "a" }, unlabel, { type: "merge" });
    await vi.waitFor(async () => {
      expect(await childrenOf(pod.metadata.uid)).toEqual([]);
      expect((await text(running.ports.metrics, "/metrics")).body).toContain("envoy_router_managed_pods 0\n");
    }, 60_000);
  });

  test("is ready once its caches are, and alive before", async () => {
    const { running } = run();
    expect((await text(running.ports.probes, "/healthz")).status).toBe(200);
    await running.synced;
    expect(await text(running.ports.probes, "/readyz")).toEqual({
      status: 200,
      body: "[+]caches ok\nreadyz check passed\n",
    });
    expect((await text(running.ports.probes, "/other")).status).toBe(404);
  });

  test("says that it is not ready while the API server is away", async () => {
    await server.close();
    const { running } = run();
    const { status, body } = await text(running.ports.probes, "/readyz");
    expect({ status, body }).toEqual({ status: 503, body: "[-]caches failed\nreadyz check failed\n" });
    server = await startApiServer({ port: server.port });
    await running.synced;
    expect((await text(running.ports.probes, "/readyz")).status).toBe(200);
  });

  test("changes nothing at a restart", async () => {
    const first = run();
    const pod = await aReadyPod("a", "10.1.2.3");
    await vi.waitFor(async () => {
      expect(await childrenOf(pod.metadata.uid)).toEqual(complete);
      expect(first.running.pipeline.actions.size).toBe(0);
    }, 60_000);
    await first.stop();
    const before = await client.get({ apiVersion: "v1", kind: "Service", namespace: "default", name: "a" });

    const second = run();
    await second.running.synced;
    expect(second.running.pipeline.managed.size).toBe(1);
    expect(second.running.pipeline.actions.size).toBe(0);
    const after = await client.get({ apiVersion: "v1", kind: "Service", namespace: "default", name: "a" });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test("changes the port of its Services in place, and replaces one to which somebody added a port", async () => {
    const service = { apiVersion: "v1", kind: "Service", namespace: "default", name: "a" };
    const ports = async (): Promise<unknown> => {
      const { metadata, spec } = await client.get(service);
      return [metadata.uid, (spec as { ports: { port: number }[] }).ports.map(({ port }) => port)];
    };
    const first = run();
    await aReadyPod("a", "10.1.2.3");
    await vi.waitFor(async () => {
      expect(await ports()).toEqual([expect.any(String), [80]]);
    }, 60_000);
    const { uid } = (await client.get(service)).metadata;
    await first.stop();
    run({ servicePort: 81 });
    await vi.waitFor(async () => {
      expect(await ports()).toEqual([uid, [81]]);
    }, 60_000);
    await client.patch(service, { spec: { ports: [{ port: 82, targetPort: 1 }] } }, { type: "merge" });
    await vi.waitFor(async () => {
      expect(await ports()).toEqual([expect.not.stringMatching(uid ?? ""), [81]]);
    }, 60_000);
  });

  test("of two replicas one leads, and the other takes over where it stops", async () => {
    const first = run({ election: "shared" });
    await vi.waitFor(() => {
      expect(first.running.leading()).toBe(true);
    }, 60_000);
    const second = run({ election: "shared" });
    await second.running.synced;
    expect(second.running.leading()).toBe(false);
    await first.stop();
    await vi.waitFor(() => {
      expect(second.running.leading()).toBe(true);
    }, 60_000);
    const pod = await aReadyPod("a", "10.1.2.3");
    await vi.waitFor(async () => {
      expect(await childrenOf(pod.metadata.uid)).toEqual(complete);
    }, 60_000);
  });

  test("leaves a foreign object alone and tells the pod about it in one Event", async () => {
    const foreign = await client.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "a", namespace: "default" },
      spec: { ports: [{ port: 6379 }] },
    });
    run();
    const pod = await aReadyPod("a", "10.1.2.3");
    await vi.waitFor(async () => {
      const { items } = await client.list(resourceTypes.Event, { namespace: "default" });
      const told = items.filter(({ reason, involvedObject }) => {
        return reason === "ForeignObject" && (involvedObject as { uid?: string }).uid === pod.metadata.uid;
      });
      expect(told).toHaveLength(1);
    }, 60_000);
    const now = await client.get({ apiVersion: "v1", kind: "Service", namespace: "default", name: "a" });
    expect(now).toEqual(foreign);
    expect(await childrenOf(pod.metadata.uid)).toEqual([]);
  });
});
