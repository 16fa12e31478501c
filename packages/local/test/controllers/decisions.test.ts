import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EndpointSlice, Node } from "../../src/client/kinds.ts";
import { endpointGroups } from "../../src/controllers/endpoint-slice/endpoints.ts";
import { planSlices } from "../../src/controllers/endpoint-slice/slices.ts";
import { judge, type OwnerState } from "../../src/controllers/garbage/decide.ts";
import { planReplicaSet } from "../../src/controllers/replica-set/plan.ts";
import { chooseNode } from "../../src/controllers/scheduler/choose-node.ts";
import { meta, pod, replicaSet, service } from "./builders.ts";

const now = Date.parse("2026-01-02T00:00:00Z");
const nowhere = (): undefined => undefined;
const going = { deletionTimestamp: "2026-01-01T12:00:00Z" };

describe("a ReplicaSet", () => {
  const names = (pods: readonly { metadata: { name: string } }[]): string[] =>
    pods.map(({ metadata }) => metadata.name);

  test("makes what is missing; finished and terminating pods do not count", () => {
    const pods = [pod("a"), pod("done", { phase: "Succeeded" }), pod("going", { meta: going })];
    expect(planReplicaSet(replicaSet("rs"), pods, now)).toMatchObject({
      create: 2,
      remove: [],
      status: { replicas: 1, readyReplicas: 1 },
    });
  });

  test("deletes first what would be missed least", () => {
    const cost = { "controller.kubernetes.io/pod-deletion-cost": "-5" };
    const pods = [
      pod("old"),
      pod("young", { since: "2026-01-01T20:00:00Z" }),
      pod("restarted", { restarts: 3 }),
      pod("cheap", { meta: { annotations: cost } }),
      pod("unready", { ready: false }),
      pod("pending", { ready: false, phase: "Pending" }),
      pod("unbound", { ready: false, phase: "Pending", node: "" }),
    ];
    const plan = planReplicaSet(replicaSet("rs", { replicas: 1 }), pods, now);
    expect(names(plan.remove)).toEqual(["unbound", "pending", "unready", "cheap", "young", "restarted"]);
  });

  test("a pod counts as available only after minReadySeconds, and the plan says when that is", () => {
    const set = replicaSet("rs", { replicas: 1 });
    const patient = { ...set, spec: { ...set.spec, minReadySeconds: 30 } };
    const plan = planReplicaSet(patient, [pod("a", { since: "2026-01-01T23:59:40Z" })], now);
    expect(plan).toMatchObject({ status: { readyReplicas: 1, availableReplicas: 0 }, recheckMs: 10_000 });
    expect(planReplicaSet(patient, [pod("a", { since: "2026-01-01T23:59:30Z" })], now).status.availableReplicas).toBe(
      1,
    );
  });

  test("that is being deleted makes nothing", () => {
    expect(planReplicaSet(replicaSet("rs", { meta: going }), [], now).create).toBe(0);
  });
});

describe("endpoints", () => {
  test.each([
    ["ready", pod("p"), {}, { ready: true, serving: true, terminating: false }],
    ["not ready", pod("p", { ready: false }), {}, { ready: false, serving: false, terminating: false }],
    ["terminating, still serving", pod("p", { meta: going }), {}, { ready: false, serving: true, terminating: true }],
    [
      "terminating, not serving",
      pod("p", { ready: false, meta: going }),
      {},
      { ready: false, serving: false, terminating: true },
    ],
    [
      "published though not ready",
      pod("p", { ready: false }),
      { publishNotReadyAddresses: true },
      { ready: true, serving: false, terminating: false },
    ],
  ])("of a pod that is %s", (_, subject, spec, conditions) => {
    const [group] = endpointGroups(service(spec), [subject], "IPv4", nowhere);
    expect(group?.endpoints[0]).toMatchObject({
      addresses: ["127.0.0.9"],
      conditions,
      nodeName: "local",
      targetRef: { kind: "Pod", name: "p", uid: subject.metadata.uid },
    });
  });

  test("finished pods and pods without an address of the family have none", () => {
    const pods = [
      pod("done", { phase: "Succeeded" }),
      pod("failed", { phase: "Failed" }),
      pod("new", { ips: [] }),
      pod("six", { ips: ["fd00::1"] }),
    ];
    expect(endpointGroups(service(), pods, "IPv4", nowhere)).toEqual([]);
    expect(endpointGroups(service(), pods, "IPv6", nowhere)[0]?.endpoints.map(({ addresses }) => addresses)).toEqual([
      ["fd00::1"],
    ]);
  });

  test("a named port is each pod's own, and pods with different ports part", () => {
    const named = service({ ports: [{ name: "web", port: 80, targetPort: "http" }] });
    const pods = [
      pod("a", { ports: [{ name: "http", containerPort: 8080 }] }),
      pod("b", { ports: [{ name: "http", containerPort: 9090 }] }),
      pod("c", { ports: [] }),
    ];
    const groups = endpointGroups(named, pods, "IPv4", nowhere);
    expect(groups.map(({ ports, endpoints }) => [ports[0]?.port, endpoints.length])).toEqual([
      [8080, 1],
      [9090, 1],
      [undefined, 1],
    ]);
  });

  test("the zone is the node's", () => {
    const node: Node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: meta("local", { labels: { "topology.kubernetes.io/zone": "a" } }),
    };
    expect(endpointGroups(service(), [pod("p")], "IPv4", () => node)[0]?.endpoints[0]?.zone).toBe("a");
  });
});

describe("slices", () => {
  const pods = (count: number): ReturnType<typeof pod>[] =>
    Array.from({ length: count }, (_, i) => pod(`p${i}`, { ips: [`127.0.${i >> 8}.${i & 255}`] }));
  const groupsOf = (list: ReturnType<typeof pod>[]): ReturnType<typeof endpointGroups> =>
    endpointGroups(service(), list, "IPv4", nowhere);
  const stored = (bodies: readonly object[]): EndpointSlice[] =>
    bodies.map((body, index) => {
      const slice = body as EndpointSlice;
      return {
        ...slice,
        metadata: { ...slice.metadata, ...meta(`web-${index}`), labels: slice.metadata.labels ?? {} },
      };
    });

  test("hold a hundred endpoints at most, and are labelled as the real controller labels them", () => {
    const { create } = planSlices(service(), "IPv4", groupsOf(pods(250)), []);
    const slices = stored(create);
    expect(slices.map(({ endpoints }) => endpoints?.length)).toEqual([100, 100, 50]);
    expect(slices[0]?.metadata.labels).toMatchObject({
      "kubernetes.io/service-name": "web",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    });
  });

  test("the change of one pod touches one slice, and no change touches none", () => {
    const all = pods(250);
    const slices = stored(planSlices(service(), "IPv4", groupsOf(all), []).create);
    expect(planSlices(service(), "IPv4", groupsOf(all), slices)).toEqual({ create: [], replace: [], remove: [] });
    const plan = planSlices(service(), "IPv4", groupsOf(all.slice(1)), slices);
    expect([plan.create.length, plan.replace.length, plan.remove.length]).toEqual([0, 1, 0]);
  });

  test("a slice that runs empty goes, but one stays when there is no endpoint at all", () => {
    const all = pods(101);
    const slices = stored(planSlices(service(), "IPv4", groupsOf(all), []).create);
    const fewer = planSlices(service(), "IPv4", groupsOf(all.slice(0, 100)), slices);
    expect(fewer.remove).toEqual([slices[1]]);
    const none = planSlices(service(), "IPv4", [], slices);
    expect([none.create.length, none.remove.length]).toEqual([1, 2]);
    const empty = stored(none.create);
    expect(empty[0]?.endpoints).toEqual([]);
    expect(planSlices(service(), "IPv4", [], empty)).toEqual({ create: [], replace: [], remove: [] });
  });

  test("after any history hold each endpoint once, in slices of its ports, none of them too full", () => {
    const step = fc.array(fc.record({ pod: fc.nat(299), port: fc.constantFrom(8080, 9090) }), { maxLength: 300 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (history) => {
        const named = service({ ports: [{ name: "web", port: 80, targetPort: "http" }] });
        let slices: EndpointSlice[] = [];
        for (const wanted of history) {
          const list = [...new Map(wanted.map(({ pod: index, port }) => [index, port]))].map(([index, containerPort]) =>
            pod(`p${index}`, {
              ips: [`127.1.${index >> 8}.${index & 255}`],
              ports: [{ name: "http", containerPort }],
              meta: { uid: `u${index}` },
            }),
          );
          const groups = endpointGroups(named, list, "IPv4", nowhere);
          const plan = planSlices(named, "IPv4", groups, slices);
          const kept = slices.filter((slice) => !plan.remove.includes(slice));
          const replaced = new Map(plan.replace.map((slice) => [slice.metadata.uid, slice]));
          slices = [...kept.map((slice) => replaced.get(slice.metadata.uid) ?? slice), ...stored(plan.create)];
          const pairs = (
            of: readonly { ports?: EndpointSlice["ports"]; endpoints?: EndpointSlice["endpoints"] }[],
          ): string[] =>
            of
              .flatMap(({ ports, endpoints }) =>
                (endpoints ?? []).map(({ addresses }) => `${addresses[0] ?? ""}:${ports?.[0]?.port ?? ""}`),
              )
              .sort();
          expect(pairs(slices)).toEqual(pairs(groups));
          expect(slices.every(({ endpoints }) => (endpoints?.length ?? 0) <= 100)).toBe(true);
          expect(planSlices(named, "IPv4", groups, slices)).toEqual({ create: [], replace: [], remove: [] });
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a headless Service says so on its slices", () => {
    const { create } = planSlices(service({ clusterIP: "None" }), "IPv4", groupsOf(pods(1)), []);
    expect(stored(create)[0]?.metadata.labels).toHaveProperty(["service.kubernetes.io/headless"], "");
  });
});

describe("garbage", () => {
  const owner = (uid: string, more: object = {}): object => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: uid,
    uid,
    ...more,
  });
  const dependent = (owners: object[], more: object = {}): Parameters<typeof judge>[0]["object"] => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta("d", { ownerReferences: owners as [], ...more }),
  });
  const states =
    (of: Record<string, OwnerState>) =>
    ({ uid }: { uid: string }): OwnerState =>
      of[uid] ?? "unknown";

  test.each<[string, Record<string, OwnerState>, string]>([
    ["an owner that is there", { a: "present" }, "nothing"],
    ["an owner of a kind that nobody knows", { a: "absent", b: "unknown" }, "nothing"],
    ["owners that are all gone", { a: "absent" }, "delete"],
    ["an owner that waits for it", { a: "waiting" }, "delete"],
    ["one owner of two left", { a: "absent", b: "present" }, "disown"],
    ["one owner left while another waits", { a: "waiting", b: "present" }, "disown"],
  ])("with %s", (_, of, verdict) => {
    const object = dependent(Object.keys(of).map((uid) => owner(uid)));
    expect(judge({ object, dependents: [], ownerState: states(of) }).do).toBe(verdict);
  });

  test("foreground deletion waits for dependents that block, then lets go", () => {
    const object = dependent([], { ...going, finalizers: ["foregroundDeletion"] });
    const { uid } = object.metadata;
    const free = dependent([owner(uid)]);
    const blocking = dependent([owner(uid, { blockOwnerDeletion: true })]);
    const of = (dependents: (typeof free)[]): string => judge({ object, dependents, ownerState: states({}) }).do;
    expect([of([free, blocking]), of([free]), of([])]).toEqual(["delete-dependents", "release", "release"]);
  });

  test("an orphaning deletion sets its dependents free first", () => {
    const object = dependent([], { ...going, finalizers: ["orphan"] });
    const of = (dependents: (typeof object)[]): unknown => judge({ object, dependents, ownerState: states({}) });
    expect(of([dependent([owner(object.metadata.uid)])])).toEqual({ do: "orphan-dependents" });
    expect(of([])).toEqual({ do: "release", finalizer: "orphan" });
  });
});

describe("scheduling", () => {
  const node = (name: string, more: Partial<Node> = {}): Node => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: meta(name, { labels: { disk: "ssd" } }),
    status: { conditions: [{ type: "Ready", status: "True" }], allocatable: { pods: "2" } },
    ...more,
  });

  test("takes the ready node with the fewest pods", () => {
    const counts: Record<string, number> = { a: 1, b: 0 };
    expect(chooseNode(pod("p"), [node("a"), node("b")], (name) => counts[name] ?? 0)).toEqual({ node: "b" });
  });

  test("says why there is none", () => {
    const nodes = [node("a", { status: {} }), node("b", { spec: { unschedulable: true } }), node("c")];
    const picky = pod("p");
    const wants = { ...picky, spec: { ...picky.spec, nodeSelector: { disk: "tape" } } };
    expect(chooseNode(wants, nodes, () => 0)).toEqual({
      unschedulable:
        "0/3 nodes are available: 1 node(s) were not ready, 1 node(s) were unschedulable, 1 node(s) didn't match Pod's node affinity/selector.",
    });
    expect(chooseNode(picky, [node("c")], () => 2)).toEqual({
      unschedulable: "0/1 nodes are available: 1 Too many pods.",
    });
  });
});
