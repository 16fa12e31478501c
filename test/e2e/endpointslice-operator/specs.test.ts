import type { KubeObject } from "@headgate/api";
import { loadPipelines } from "@headgate/hybrid";
import type { HybridPipelines } from "@headgate/hybrid";
import { describe, expect, test } from "vitest";
import { nameOf } from "./names.ts";

const example = new URL("../../../examples/endpointslice-operator/", import.meta.url);
/** The specs of the example, and the same in the words of those who wrote the language. */
const specs = {
  "the example's spec": ["endpoints.yaml", "gathered-endpoints.yaml"].map((name) => new URL(name, example)),
  "the language's own spec": ["endpoints.yaml", "endpoints-gathered.yaml"].map(
    (name) => new URL(`../../../packages/pipeline/testdata/${name}`, import.meta.url),
  ),
};

interface Port {
  readonly protocol: string;
  readonly port: number;
  readonly targetPort?: number;
}

function service(namespace: string, name: string, ports: readonly Port[]): KubeObject {
  const annotations = { "dcontroller.io/endpointslice-controller-enabled": "true" };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, annotations },
    spec: { type: "ClusterIP", ports: ports.map((port) => ({ ...port })) },
  };
}

function slice(of: KubeObject, addresses: Readonly<Record<string, boolean>>): KubeObject {
  const { name, namespace = "" } = of.metadata;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-1`, namespace, labels: { "kubernetes.io/service-name": name } },
    endpoints: Object.entries(addresses).map(([address, ready]) => ({ addresses: [address], conditions: { ready } })),
  };
}

/** A function that gives what was added, updated and deleted since it was called last. */
function changesOf(pipelines: HybridPipelines): () => Record<"added" | "updated" | "deleted", string[]> {
  let before = new Map<string, string>();
  return () => {
    const objects = pipelines.view("EndpointView").objects();
    const now = new Map(objects.map((object) => [object.metadata.name, JSON.stringify(object)]));
    const names = (from: ReadonlyMap<string, string>, kept: (name: string) => boolean): string[] =>
      [...from.keys()].filter(kept).toSorted();
    const changes = {
      added: names(now, (name) => !before.has(name)),
      updated: names(now, (name) => before.has(name) && before.get(name) !== now.get(name)),
      deleted: names(before, (name) => !now.has(name)),
    };
    before = now;
    return changes;
  };
}

describe.each(Object.entries(specs))("%s", (_, [each = "", gathered = ""]) => {
  test("each address of each port has the name that it always had", async () => {
    const pipelines = await loadPipelines(each);
    const changes = changesOf(pipelines);
    const ports = [80, 8843].map((port) => ({ protocol: "TCP", port, targetPort: port }));
    const testsvc = service("default", "testsvc", ports);
    pipelines.put(testsvc, slice(testsvc, { "10.244.1.69": true, "10.244.1.90": true }));
    const four = ["testsvc-43s657", "testsvc-6kq57l", "testsvc-8x1zl2", "testsvc-b9p5tj"];
    expect(changes()).toEqual({ added: four, updated: [], deleted: [] });
    const spec = {
      serviceName: "testsvc",
      type: "ClusterIP",
      protocol: "TCP",
      port: 80,
      targetPort: 80,
      address: "10.244.1.69",
    };
    expect(pipelines.view("EndpointView").get("testsvc-b9p5tj", "default")?.["spec"]).toEqual(spec);
    expect(nameOf(spec)).toBe("testsvc-b9p5tj");
    pipelines.put(slice(testsvc, { "10.244.1.69": true, "10.244.1.90": true, "10.244.1.229": true }));
    const two = ["testsvc-8zbi3v", "testsvc-dg9n0j"];
    expect(changes()).toEqual({ added: two, updated: [], deleted: [] });
    pipelines.remove(testsvc);
    expect(changes()).toEqual({ added: [], updated: [], deleted: [...four, ...two].toSorted() });
  });

  const ports = [
    { protocol: "TCP", port: 80, targetPort: 8080 },
    { protocol: "UDP", port: 3478, targetPort: 33478 },
  ];
  const of = service("testnamespace", "test-service-1", ports);

  test("another address is another object, and one that is not ready is none", async () => {
    const pipelines = await loadPipelines(each);
    const changes = changesOf(pipelines);
    const named = (...hashes: string[]): string[] => hashes.map((hash) => `test-service-1-${hash}`);
    pipelines.put(of, slice(of, { "192.0.2.1": true, "192.0.2.2": true }));
    expect(changes().added).toEqual(named("3nr57u", "4q6zyd", "851wkw", "ccximv"));
    pipelines.put(slice(of, { "192.0.2.3": true, "192.0.2.2": true }));
    const deleted = named("3nr57u", "851wkw");
    expect(changes()).toEqual({ added: named("9k0dkz", "9mmmny"), updated: [], deleted });
    pipelines.put(slice(of, { "192.0.2.3": true, "192.0.2.2": false }));
    expect(changes()).toEqual({ added: [], updated: [], deleted: named("4q6zyd", "ccximv") });
    pipelines.put({ ...of, metadata: { ...of.metadata, annotations: {} } });
    expect(changes().deleted).toEqual(named("9k0dkz", "9mmmny"));
  });

  test("gathered, the ports have their names and all their ready addresses in order", async () => {
    const pipelines = await loadPipelines(gathered);
    const changes = changesOf(pipelines);
    const two = ["test-service-1-TCP-80", "test-service-1-UDP-3478"];
    pipelines.put(of, slice(of, { "192.0.2.2": true, "192.0.2.1": true }));
    expect(changes()).toEqual({ added: two, updated: [], deleted: [] });
    expect(pipelines.view("EndpointView").get("test-service-1-UDP-3478", "testnamespace")?.["spec"]).toEqual({
      serviceName: "test-service-1",
      type: "ClusterIP",
      protocol: "UDP",
      port: 3478,
      targetPort: 33478,
      addresses: ["192.0.2.1", "192.0.2.2"],
    });
    pipelines.put(slice(of, { "192.0.2.2": false, "192.0.2.1": true }));
    expect(changes()).toEqual({ added: [], updated: two, deleted: [] });
    pipelines.remove(of);
    expect(changes()).toEqual({ added: [], updated: [], deleted: two });
  });
});
