import type { Step } from "../exchange.ts";
import { configMap, create, get, object } from "../steps.ts";

const table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** What kubectl prints. */
export const tables: Readonly<Record<string, readonly Step[]>> = {
  "of ConfigMaps": [
    create(configMap("a", { k: "1" })),
    get("/api/v1/namespaces/NS/configmaps", table),
    get("/api/v1/namespaces/NS/configmaps/a", table),
    get("/api/v1/namespaces/NS/configmaps?includeObject=None", table),
    get("/api/v1/namespaces/NS/configmaps?includeObject=Object", table),
    get("/api/v1/namespaces/NS/configmaps?includeObject=Odd", table),
  ],
  "of Services": [
    create(object("v1", "Service", "s", { spec: { ports: [{ port: 80 }], selector: { a: "b" } } })),
    create(object("v1", "Service", "t", { spec: { clusterIP: "None" } })),
    create(object("v1", "Service", "u", { spec: { type: "ExternalName", externalName: "example.com" } })),
    get("/api/v1/namespaces/NS/services", table),
  ],
  "of Deployments, ReplicaSets and pods": [
    create(
      object("apps/v1", "Deployment", "d", {
        spec: {
          selector: { matchLabels: { app: "d" } },
          template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "main", image: "one" }] } },
        },
      }),
    ),
    create(object("v1", "Pod", "p", { spec: { containers: [{ name: "main", image: "one" }] } })),
    get("/apis/apps/v1/namespaces/NS/deployments", table),
    get("/api/v1/namespaces/NS/pods", table),
  ],
  "of other kinds": [
    create(object("v1", "Secret", "a", { stringData: { k: "1" } })),
    create(object("v1", "ServiceAccount", "a")),
    create(object("coordination.k8s.io/v1", "Lease", "l", { spec: { holderIdentity: "me" } })),
    create(
      object("discovery.k8s.io/v1", "EndpointSlice", "e", {
        addressType: "IPv4",
        ports: [{ port: 80 }],
        endpoints: [{ addresses: ["10.244.1.1"] }],
      }),
    ),
    create(
      object("v1", "Event", "e", {
        involvedObject: { kind: "Pod", name: "p", namespace: "NS" },
        reason: "R",
        message: "m",
        type: "Normal",
        lastTimestamp: "2026-01-01T00:00:00Z",
        source: { component: "c" },
      }),
    ),
    get("/api/v1/namespaces/NS/secrets", table),
    get("/api/v1/namespaces/NS/serviceaccounts", table),
    get("/apis/coordination.k8s.io/v1/namespaces/NS/leases", table),
    get("/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices", table),
    get("/api/v1/namespaces/NS/events", table),
    get("/api/v1/namespaces/NS", table),
  ],
};
