import { describe, expect, onTestFinished, test } from "vitest";
import { connectApi, type DeleteOptions } from "../../src/client/api.ts";
import { startInformer } from "../../src/client/informer.ts";
import { startApiServer, startControllers, startRunner } from "../../src/index.ts";
import type { Deployment } from "../../src/client/kinds.ts";
import { conditionOf } from "../../src/client/object.ts";
import { type Resource, resources } from "../../src/client/resource.ts";
import { deploymentObject, isReady, podObject, type Rig, startRig } from "../runner/rig.ts";

const statusOnly = { runner: { processes: false } };
const target = (name: string): { namespace: string; name: string } => ({ namespace: "default", name });
const isDone = ({ metadata, spec, status }: Deployment): boolean =>
  status?.observedGeneration === metadata.generation &&
  status?.updatedReplicas === spec.replicas &&
  status?.replicas === spec.replicas &&
  status?.availableReplicas === spec.replicas;
const rolledOut = (rig: Rig): Promise<Deployment> =>
  rig.until(resources.deployments, ([only]) => (only !== undefined && isDone(only) ? only : undefined));
const serviceObject = (name: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default" },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
});

describe("a Deployment", () => {
  test("rolls out a change without ever having fewer ready pods than it may", async () => {
    const rig = await startRig(statusOnly);
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    await rig.create(deploymentObject("web", { replicas: 4, strategy }));
    await rolledOut(rig);
    let fewest = 4;
    let most = 0;
    const watching = rig.until(resources.pods, (pods) => {
      const live = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      fewest = Math.min(fewest, live.filter(isReady).length);
      most = Math.max(most, live.length);
      return live.length === 4 && live.every((pod) => isReady(pod) && pod.spec.containers[0]?.image === "two");
    });
    const patch = { spec: { template: { spec: { containers: [{ name: "main", image: "two" }] } } } };
    await rig.api.patch(resources.deployments, target("web"), patch, { type: "strategic" });
    await watching;
    const done = await rolledOut(rig);
    expect(fewest).toBe(4);
    expect(most).toBe(5);
    expect(done.metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");
    expect(conditionOf(done.status?.conditions, "Progressing")?.reason).toBe("NewReplicaSetAvailable");
    const { items } = await rig.api.list(resources.replicaSets);
    expect(items.map(({ spec }) => spec.replicas).sort()).toEqual([0, 4]);
    expect(rig.errors).toEqual([]);
  });

  test("scales both ways and replaces a pod that was deleted", async () => {
    const rig = await startRig(statusOnly);
    await rig.create(deploymentObject("web", { replicas: 1 }));
    await rolledOut(rig);
    await rig.api.patch(resources.deployments, target("web"), { spec: { replicas: 6 } });
    const six = await rig.until(resources.pods, (pods) => pods.length === 6 && pods.every(isReady) && pods);
    await rig.api.remove(resources.pods, target(six[0]?.metadata.name ?? ""));
    await rig.until(
      resources.pods,
      (pods) => pods.length === 6 && pods.every((pod) => isReady(pod) && pod.metadata.uid !== six[0]?.metadata.uid),
    );
    await rig.api.patch(resources.deployments, target("web"), { spec: { replicas: 0 } });
    await rig.until(resources.pods, (pods) => pods.length === 0);
    await rolledOut(rig);
  });

  test("with Recreate never has pods of two templates", async () => {
    const rig = await startRig(statusOnly);
    await rig.create(deploymentObject("web", { replicas: 2, strategy: { type: "Recreate" } }));
    await rolledOut(rig);
    const mixed: string[][] = [];
    const watching = rig.until(resources.pods, (pods) => {
      const images = [...new Set(pods.map(({ spec }) => spec.containers[0]?.image ?? ""))];
      if (images.length > 1) mixed.push(images);
      return pods.length === 2 && images[0] === "two";
    });
    const patch = { spec: { template: { spec: { containers: [{ name: "main", image: "two" }] } } } };
    await rig.api.patch(resources.deployments, target("web"), patch, { type: "strategic" });
    await watching;
    expect(mixed).toEqual([]);
  });
});

describe("EndpointSlices", () => {
  test("follow readiness and show a terminating pod as serving but not ready", async () => {
    const rig = await startRig(statusOnly);
    await rig.create(serviceObject("web"));
    await rig.until(resources.endpointSlices, ([slice]) => slice !== undefined && (slice.endpoints ?? []).length === 0);
    const spec = { containers: [{ name: "main", image: "x" }] };
    // The finalizer keeps the object after its end on the node.
    await rig.create(podObject("p", spec, { labels: { app: "web" }, finalizers: ["example.com/hold"] }));
    const conditions = (wanted: object): Promise<unknown> =>
      rig.until(resources.endpointSlices, ([slice]) => {
        const only = slice?.endpoints?.[0];
        return only !== undefined && JSON.stringify(only.conditions) === JSON.stringify(wanted) && only;
      });
    const endpoint = await conditions({ ready: true, serving: true, terminating: false });
    expect(endpoint).toMatchObject({ targetRef: { kind: "Pod", name: "p" }, nodeName: "local" });
    await rig.api.remove(resources.pods, target("p"));
    await conditions({ ready: false, serving: true, terminating: true });
    await rig.api.patch(resources.pods, target("p"), { metadata: { finalizers: [] } });
    await rig.until(resources.endpointSlices, ([slice]) => slice !== undefined && (slice.endpoints ?? []).length === 0);
  });

  test("of a Service without selector are left alone, and those of a deleted Service go", async () => {
    const rig = await startRig(statusOnly);
    await rig.create(serviceObject("plain", { selector: null }), serviceObject("web"));
    const body = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "mine", namespace: "default", labels: { "kubernetes.io/service-name": "plain" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"] }],
      ports: [],
    };
    await rig.create(body);
    await rig.until(resources.endpointSlices, (slices) => slices.length === 2);
    await rig.api.remove(resources.services, target("web"));
    const left = await rig.until(resources.endpointSlices, (slices) => slices.length === 1 && slices);
    expect(left[0]?.metadata.name).toBe("mine");
  });
});

describe("garbage collection", () => {
  const configMap = (name: string, owner?: { name: string; uid: string }, more: object = {}): object => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      namespace: "default",
      ...(owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", blockOwnerDeletion: true, ...owner }] }),
      ...more,
    },
  });
  const chain = async (rig: Rig): Promise<void> => {
    const root = await rig.api.create(resources.configMaps, "default", configMap("root"));
    const child = await rig.api.create(resources.configMaps, "default", configMap("child", root.metadata));
    await rig.api.create(resources.configMaps, "default", configMap("grandchild", child.metadata));
  };
  const own = (rig: Rig, condition: (names: string[]) => boolean): Promise<string[]> =>
    rig.until(resources.configMaps, (maps) => {
      const names = maps
        .map(({ metadata }) => metadata.name)
        .filter((name) => /root|child|stray/.test(name))
        .sort();
      return condition(names) && names;
    });

  test.each<[DeleteOptions["propagationPolicy"], string[]]>([
    ["Background", []],
    ["Foreground", []],
    ["Orphan", ["child", "grandchild"]],
  ])("with %s propagation", async (propagationPolicy, left) => {
    const rig = await startRig({ runner: false });
    await chain(rig);
    const order: string[] = [];
    const watching = own(rig, (names) => {
      order.push(names.join(" "));
      return names.join() === left.join();
    });
    await rig.api.remove(resources.configMaps, target("root"), {
      propagationPolicy: propagationPolicy ?? "Background",
    });
    await watching;
    if (propagationPolicy === "Foreground") expect(order.at(-2)).toBe("root");
    if (propagationPolicy !== "Orphan") return;
    const child = await rig.until(resources.configMaps, (maps) =>
      maps.find(({ metadata }) => metadata.name === "child" && (metadata.ownerReferences ?? []).length === 0),
    );
    expect(child.metadata.deletionTimestamp).toBeUndefined();
  });

  test("an owner is known by UID: another object of its name, or one in another namespace, is none", async () => {
    const rig = await startRig({ runner: false });
    await rig.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
    const far = await rig.api.create(
      resources.configMaps,
      "other",
      configMap("root", undefined, { namespace: "other" }),
    );
    await rig.create(
      configMap("root"),
      configMap("stray-uid", { name: "root", uid: "11111111-2222-3333-4444-555555555555" }),
      configMap("stray-far", far.metadata),
    );
    expect(await own(rig, (names) => !names.some((name) => name.startsWith("stray")))).toContain("root");
  });

  test("reaches custom resources, of a kind that came later too", async () => {
    const rig = await startRig({ runner: false });
    const widgets: Resource = {
      group: "example.com",
      version: "v1",
      plural: "widgets",
      kind: "Widget",
      namespaced: true,
    };
    const schema = {
      openAPIV3Schema: {
        type: "object",
        properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    };
    await rig.create({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    });
    await rig.until(resources.customResourceDefinitions, (definitions) =>
      definitions.some((definition) => definition.metadata.name === "widgets.example.com"),
    );
    const widget = await rig.api.create(widgets, "default", {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w" },
    });
    const ownerReferences = [{ apiVersion: "example.com/v1", kind: "Widget", name: "w", uid: widget.metadata.uid }];
    await rig.create(configMap("child", undefined, { ownerReferences }));
    await rig.api.remove(widgets, target("w"));
    await own(rig, (names) => names.length === 0);
  });
});

test("a namespace goes with all that is in it", async () => {
  const rig = await startRig(statusOnly);
  await rig.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const inside = deploymentObject("web", { replicas: 2 }) as { metadata: object };
  await rig.create({ ...inside, metadata: { ...inside.metadata, namespace: "shop" } });
  await rig.until(resources.pods, (pods) => pods.length === 2 && pods.every(isReady));
  await rig.api.remove(resources.namespaces, { name: "shop" });
  await rig.until(resources.namespaces, (namespaces) => !namespaces.some(({ metadata }) => metadata.name === "shop"));
  expect((await rig.api.list(resources.pods)).items).toEqual([]);
  expect((await rig.api.list(resources.deployments)).items).toEqual([]);
});

test("a pod that fits no node says so, and is bound as soon as one is there", async () => {
  const rig = await startRig({ runner: { processes: false, labels: { zone: "a" } } });
  await rig.create(podObject("picky", { nodeSelector: { zone: "b" }, containers: [{ name: "main", image: "x" }] }));
  const pod = await rig.untilPod(
    "picky",
    ({ status }) => conditionOf(status?.conditions, "PodScheduled")?.status === "False",
  );
  expect(conditionOf(pod.status?.conditions, "PodScheduled")).toMatchObject({ reason: "Unschedulable" });
  await rig.api.patch(resources.nodes, { name: "local" }, { metadata: { labels: { zone: "b" } } });
  await rig.untilPod("picky", isReady);
});

test("controllers and node go on when the API server comes back after a restart", async () => {
  const first = await startApiServer();
  const access = { server: first.url };
  const controllers = await startControllers(access);
  const runner = await startRunner(access, { processes: false });
  const api = connectApi(access);
  await first.close();
  const second = await startApiServer({ port: first.port, storage: first.storage });
  onTestFinished(async () => {
    await runner.close();
    await controllers.close();
    await api.close();
    await second.close();
  });
  await api.create(resources.deployments, "default", deploymentObject("web", { replicas: 3 }));
  const deployments = startInformer(api, resources.deployments);
  onTestFinished(() => deployments.close());
  await new Promise<void>((resolve) => {
    deployments.onChange((_, after) => {
      if (after !== undefined && isDone(after)) resolve();
    });
  });
});
