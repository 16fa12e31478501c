import type { KubeObject } from "@headgate/api";
import { describe, expect, test } from "vitest";
import { lacks } from "../../src/plan/difference.ts";

const service: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "a",
    labels: { mine: "1" },
    ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "a", uid: "u" }],
  },
  spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 8080 }] },
};
const stored: KubeObject = {
  ...service,
  metadata: { ...service.metadata, uid: "s", resourceVersion: "7", creationTimestamp: "2026-11-21T00:00:00Z" },
  spec: {
    clusterIP: "10.0.0.1",
    type: "ClusterIP",
    ports: [{ port: 80, protocol: "TCP", targetPort: 8080, nodePort: 30000 }],
  },
  status: { loadBalancer: {} },
};
const route: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "a" },
  spec: { rules: [{ backendRefs: [{ name: "a", port: 80 }] }] },
};

describe("what the API server and others add is no difference", () => {
  test("defaults, status and metadata", () => {
    expect(lacks(service, stored)).toBe(false);
  });
  test("labels, owners and ports of others, in any order", () => {
    const other = { apiVersion: "v1", kind: "Node", name: "n", uid: "n" };
    const shared: KubeObject = {
      ...stored,
      metadata: {
        ...stored.metadata,
        labels: { theirs: "1", mine: "1" },
        ownerReferences: [other, ...(stored.metadata.ownerReferences ?? [])],
      },
      spec: {
        ports: [
          { port: 9, protocol: "TCP" },
          { port: 80, protocol: "TCP", targetPort: 8080 },
        ],
      },
    };
    expect(lacks(service, shared)).toBe(false);
  });
  test("fields within the items of a list", () => {
    const defaulted = {
      rules: [{ matches: [{}], backendRefs: [{ group: "", kind: "Service", weight: 1, name: "a", port: 80 }] }],
    };
    expect(lacks(route, { ...route, spec: defaulted })).toBe(false);
  });
  test("an empty object where there is none", () => {
    expect(lacks({ ...route, spec: { x: {} } }, { ...route, spec: {} })).toBe(false);
  });
});

describe("what is missing or has another value is a difference", () => {
  const differing: Readonly<Record<string, KubeObject>> = {
    "no spec": { apiVersion: "v1", kind: "Service", metadata: stored.metadata },
    "spec of another type": { ...stored, spec: "text" },
    "a value": { ...stored, spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 1 }] } },
    "a value of another type": { ...stored, spec: { ports: [{ port: 80, protocol: "TCP", targetPort: "8080" }] } },
    "our port": { ...stored, spec: { ports: [{ port: 81, protocol: "TCP", targetPort: 8080 }] } },
    "our port under another protocol": {
      ...stored,
      spec: { ports: [{ port: 80, protocol: "UDP", targetPort: 8080 }] },
    },
    "no list": { ...stored, spec: { ports: { port: 80 } } },
    "a list of nothing": { ...stored, spec: { ports: [null] } },
    "our label": { ...stored, metadata: { ...stored.metadata, labels: {} } },
    "our owner": { ...stored, metadata: { ...stored.metadata, ownerReferences: [] } },
    "all labels": { ...stored, metadata: { name: "a" } },
  };
  test.each(Object.entries(differing))("%s", (_, observed) => {
    expect(lacks(service, observed)).toBe(true);
  });
  test("more, fewer or other items in a list that is ours as a whole", () => {
    const rule = { backendRefs: [{ name: "a", port: 80 }] };
    for (const rules of [[], [rule, rule], [{}], [{ backendRefs: [] }], [{ backendRefs: [{ name: "b", port: 80 }] }]]) {
      expect(lacks(route, { ...route, spec: { rules } })).toBe(true);
    }
  });
});
