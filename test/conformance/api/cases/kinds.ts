import type { Json, Step } from "../exchange.ts";
import { create, get, json, merge, object, pathOf, remove, replace, strategic } from "../steps.ts";

type Fields = Readonly<Record<string, Json | undefined>>;

const pod = (name: string, spec: Fields, container: Fields = {}) =>
  object("v1", "Pod", name, { spec: { containers: [{ name: "main", image: "one", ...container }], ...spec } });
const deployment = (spec: Fields = {}, podSpec: Fields = {}, container: Fields = {}) =>
  object("apps/v1", "Deployment", "d", {
    spec: {
      selector: { matchLabels: { app: "d" } },
      template: {
        metadata: { labels: { app: "d" } },
        spec: { containers: [{ name: "main", image: "one", ...container }], ...podSpec },
      },
      ...spec,
    },
  });
const service = (spec: Fields) => object("v1", "Service", "s", { spec });
const slice = (fields: Fields) => object("discovery.k8s.io/v1", "EndpointSlice", "e", fields);
const secret = (fields: Fields) => object("v1", "Secret", "a", fields);
const path = "/apis/apps/v1/namespaces/NS/deployments/d";
const again = (first: ReturnType<typeof object>, ...steps: Step[]): Step[] => [
  create(first),
  ...steps,
  remove(pathOf(first)),
];

/** Defaults, and what is refused, of each kind that is built in. */
export const kinds: Readonly<Record<string, readonly Step[]>> = {
  "a pod": again(
    pod(
      "p",
      {
        volumes: [{ name: "v" }, { name: "c", configMap: { name: "c" } }, { name: "s", secret: { secretName: "s" } }],
        nodeSelector: { a: "b" },
      },
      {
        image: "one:2",
        ports: [{ containerPort: 80 }],
        livenessProbe: { httpGet: { port: 80 } },
        readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 1 },
        startupProbe: { exec: { command: ["true"] } },
        resources: { limits: { cpu: "1" } },
        env: [
          { name: "A", value: "1" },
          { name: "B", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        ],
        volumeMounts: [{ name: "v", mountPath: "/v" }],
        lifecycle: { preStop: { httpGet: { port: 80 } } },
      },
    ),
  ),
  "a pod that is complete": again(
    pod(
      "p",
      {
        initContainers: [{ name: "i", image: "i" }],
        securityContext: { runAsUser: 1 },
        serviceAccountName: "x",
        priority: 0,
      },
      {
        image: "one@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        resources: { limits: { cpu: "1", memory: "1Gi" } },
        ports: [{ containerPort: 80 }],
        livenessProbe: { grpc: { port: 80 } },
      },
    ),
  ),
  "pods that are refused": [
    create(object("v1", "Pod", "p", { spec: {} })),
    create(object("v1", "Pod", "p", { spec: { containers: [] } })),
    create(object("v1", "Pod", "p", { spec: { containers: [{ name: "main" }] } })),
    create(object("v1", "Pod", "p", { spec: { containers: [{ image: "x" }] } })),
    create(object("v1", "Pod", "p")),
    create(pod("p", { restartPolicy: "Odd" })),
    create(
      pod("p", {
        containers: [
          { name: "a", image: "x" },
          { name: "a", image: "x" },
        ],
      }),
    ),
    create(pod("p", { dnsPolicy: "Odd" })),
    create(pod("p", {}, { name: "Not_A_Name" })),
    create(pod("p", {}, { ports: [{ containerPort: 0 }] })),
    create(pod("p", {}, { ports: [{ containerPort: 80, protocol: "ODD" }] })),
    create(pod("p", {}, { livenessProbe: {} })),
    create(pod("p", {}, { livenessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } } })),
    create(pod("p", {}, { imagePullPolicy: "Odd" })),
    create(pod("p", {}, { volumeMounts: [{ name: "none", mountPath: "/v" }] })),
    create(pod("p", {}, { resources: { limits: { cpu: "x" } } })),
    create(pod("p", {}, { env: [{ name: "" }] })),
    create(pod("p", {}, { env: [{ name: "A", value: 1 }] })),
  ],
  "what may change of a pod": [
    create(pod("p", {})),
    merge("/api/v1/namespaces/NS/pods/p", { spec: { containers: [{ name: "main", image: "two" }] } }),
    strategic("/api/v1/namespaces/NS/pods/p", { spec: { containers: [{ name: "main", image: "two" }] } }),
    strategic("/api/v1/namespaces/NS/pods/p", { spec: { containers: [{ name: "main", command: ["x"] }] } }),
    strategic("/api/v1/namespaces/NS/pods/p", { spec: { activeDeadlineSeconds: 5 } }),
    strategic("/api/v1/namespaces/NS/pods/p", { spec: { nodeName: "n" } }),
    merge("/api/v1/namespaces/NS/pods/p", { metadata: { labels: { l: "1" } } }),
    merge("/api/v1/namespaces/NS/pods/p/status", {
      metadata: { labels: { l: "2" }, annotations: { a: "1" } },
      status: {
        phase: "Running",
        podIP: "10.244.7.7",
        podIPs: [{ ip: "10.244.7.7" }],
        conditions: [
          {
            type: "Ready",
            status: "True",
            lastProbeTime: "2026-01-01T00:00:00Z",
            lastTransitionTime: "2026-01-01T00:00:00Z",
          },
        ],
      },
    }),
    strategic("/api/v1/namespaces/NS/pods/p/status", {
      status: {
        conditions: [
          {
            type: "ContainersReady",
            status: "True",
            lastProbeTime: "2026-01-01T00:00:00Z",
            lastTransitionTime: "2026-01-01T00:00:00Z",
          },
        ],
      },
    }),
    {
      method: "POST",
      path: "/api/v1/namespaces/NS/pods/p/binding",
      body: { apiVersion: "v1", kind: "Binding", metadata: { name: "p" }, target: { kind: "Node", name: "n" } },
    },
    get("/api/v1/namespaces/NS/pods/p"),
    {
      method: "POST",
      path: "/api/v1/namespaces/NS/pods/p/binding",
      body: { apiVersion: "v1", kind: "Binding", metadata: { name: "p" }, target: { kind: "Node", name: "m" } },
    },
  ],
  "a Deployment": again(
    deployment(),
    merge(path, { spec: { replicas: 0 } }),
    merge(`${path}/status`, { metadata: { labels: { l: "1" } }, status: { observedGeneration: 2, replicas: 1 } }),
    get(`${path}/scale`),
    merge(`${path}/scale`, { spec: { replicas: 4 } }),
    merge(`${path}/scale`, { spec: { replicas: -1 } }),
    merge(`${path}/scale`, { spec: { replicas: "1" } }),
    json(`${path}/scale`, [{ op: "replace", path: "/spec/replicas", value: 5 }]),
    strategic(`${path}/scale`, { spec: { replicas: 6 } }),
    {
      method: "PUT",
      path: `${path}/scale`,
      body: {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "d", namespace: "NS" },
        spec: { replicas: 7 },
      },
    },
    {
      method: "PUT",
      path: `${path}/scale`,
      body: {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "d", namespace: "NS", resourceVersion: "<version 1>" },
        spec: { replicas: 8 },
      },
    },
    {
      method: "PUT",
      path: `${path}/scale`,
      body: { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "d", namespace: "NS" } },
    },
    merge(path, { metadata: { annotations: { a: "1" } } }),
    get(path),
  ),
  "Deployments of other strategies": [
    ...again(deployment({ strategy: { type: "Recreate" } })),
    ...again(
      deployment({
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        minReadySeconds: 3,
        revisionHistoryLimit: 0,
        paused: true,
      }),
    ),
  ],
  "Deployments that are refused": [
    create(object("apps/v1", "Deployment", "d", { spec: {} })),
    create(object("apps/v1", "Deployment", "d")),
    create(deployment({ selector: {} })),
    create(deployment({ selector: { matchLabels: { app: "other" } } })),
    create(deployment({ replicas: -1 })),
    create(deployment({}, { restartPolicy: "Never" })),
    create(deployment({ strategy: { type: "Odd" } })),
    create(deployment({ strategy: { type: "Recreate", rollingUpdate: {} } })),
    create(deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } })),
    create(deployment({}, {}, { image: "" })),
    create(deployment()),
    merge(path, { spec: { selector: { matchLabels: { app: "x" } } } }),
    replace(
      deployment({
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "a", image: "b" }] } },
      }),
    ),
  ],
  "a ReplicaSet": again(
    object("apps/v1", "ReplicaSet", "r", {
      spec: {
        selector: { matchLabels: { app: "r" } },
        template: { metadata: { labels: { app: "r" } }, spec: { containers: [{ name: "main", image: "one" }] } },
      },
    }),
    merge("/apis/apps/v1/namespaces/NS/replicasets/r/status", {
      metadata: { labels: { l: "1" } },
      status: { replicas: 1, fullyLabeledReplicas: 1 },
    }),
    merge("/apis/apps/v1/namespaces/NS/replicasets/r", { spec: { replicas: 0 } }),
    get("/apis/apps/v1/namespaces/NS/replicasets/r/scale"),
  ),
  Services: [
    ...again(service({ ports: [{ port: 80 }] })),
    ...again(service({ clusterIP: "None", selector: { a: "b" } })),
    ...again(service({ type: "ExternalName", externalName: "example.com" })),
    ...again(
      service({
        ports: [{ port: 80, targetPort: "http", appProtocol: "kubernetes.io/h2c" }],
        sessionAffinity: "ClientIP",
        publishNotReadyAddresses: true,
      }),
    ),
    ...again(
      service({ ports: [{ port: 80 }], clusterIP: "10.96.77.7" }),
      replace(service({ ports: [{ port: 81 }] })),
      merge("/api/v1/namespaces/NS/services/s", { spec: { clusterIP: "10.96.77.8" } }),
      merge("/api/v1/namespaces/NS/services/s", { spec: { clusterIP: "" } }),
      merge("/api/v1/namespaces/NS/services/s", { spec: { clusterIP: null } }),
      merge("/api/v1/namespaces/NS/services/s", {
        spec: { type: "ExternalName", externalName: "example.com", clusterIP: null, clusterIPs: null },
      }),
      merge("/api/v1/namespaces/NS/services/s", { spec: { type: "ClusterIP", externalName: null } }),
    ),
  ],
  "Services that are refused": [
    create(service({})),
    create(object("v1", "Service", "s")),
    create(service({ ports: [] })),
    create(
      service({
        ports: [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ],
      }),
    ),
    create(
      service({
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      }),
    ),
    create(service({ ports: [{ port: 80, protocol: "ODD" }] })),
    create(service({ ports: [{ port: 80, name: "Not_A_Name" }] })),
    create(service({ ports: [{ port: 80, targetPort: 0 }] })),
    create(service({ ports: [{ port: 80 }], sessionAffinity: "Odd" })),
    create(service({ ports: [{ port: 80 }], clusterIP: "1.2.3.4" })),
    create(service({ ports: [{ port: 80 }], clusterIP: "x" })),
    create(service({ type: "ExternalName" })),
  ],
  EndpointSlices: [
    ...again(slice({ addressType: "IPv4" })),
    ...again(
      slice({ addressType: "IPv4", endpoints: [{ addresses: ["10.244.1.1"] }], ports: [{ port: 80 }] }),
      merge("/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices/e", {
        endpoints: [{ addresses: ["10.244.1.2"], conditions: { ready: false } }],
      }),
      merge("/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices/e", { addressType: "IPv6" }),
      merge("/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices/e", { endpoints: null, ports: [] }),
    ),
    ...again(slice({ addressType: "IPv4", endpoints: [], ports: [{ name: "", port: null, protocol: "UDP" }] })),
  ],
  "EndpointSlices that are refused": [
    create(slice({})),
    create(slice({ addressType: "Odd" })),
    create(slice({ addressType: "IPv4", endpoints: [{ addresses: ["x"] }] })),
    create(slice({ addressType: "IPv4", endpoints: [{ addresses: ["::1"] }] })),
    create(slice({ addressType: "IPv4", endpoints: [{ addresses: [] }] })),
    create(slice({ addressType: "IPv4", endpoints: [{}] })),
  ],
  Secrets: [
    ...again(secret({ stringData: { k: "v" }, data: { k: "b2xk", l: "bA==" } })),
    ...again(secret({ type: "example.com/x" }), merge("/api/v1/namespaces/NS/secrets/a", { type: "Opaque" })),
    create(secret({ data: { k: "not base64!" } })),
    create(secret({ data: { "no way": "bA==" } })),
  ],
  "a ServiceAccount": again(
    object("v1", "ServiceAccount", "a", { automountServiceAccountToken: false, imagePullSecrets: [{ name: "x" }] }),
  ),
  "a Namespace": [
    create(object("v1", "Namespace", "NS-more", { metadata: { labels: { l: "1" } } })),
    merge("/api/v1/namespaces/NS-more", { metadata: { labels: { "kubernetes.io/metadata.name": "x" } } }),
    merge("/api/v1/namespaces/NS-more", { metadata: { labels: null } }),
    merge("/api/v1/namespaces/NS-more", { spec: { finalizers: [] } }),
    remove("/api/v1/namespaces/NS-more"),
    remove("/api/v1/namespaces/default"),
    create(object("v1", "Namespace", "kube-Bad")),
  ],
};
