import { describe, expect, it } from "vitest";
import { at, type JsonObject, objectsAt } from "../../src/server/json/json.ts";
import { apps, core, deployment, pod, startCluster } from "./cluster.ts";

const service = (name: string, spec: JsonObject): JsonObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec,
});
const slice = (more: JsonObject): JsonObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "s" },
  addressType: "IPv4",
  endpoints: [],
  ...more,
});
const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

describe("defaults", () => {
  it("of a pod", async () => {
    const cluster = await startCluster();
    const container = {
      name: "app",
      image: "app",
      ports: [{ containerPort: 80 }],
      readinessProbe: { httpGet: { port: 80 } },
    };
    const made = await cluster.create(`${core}/pods`, pod("a", { containers: [container] }));
    expect(made["spec"]).toMatchObject({
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      containers: [
        {
          imagePullPolicy: "Always",
          ports: [{ containerPort: 80, protocol: "TCP" }],
          readinessProbe: {
            httpGet: { port: 80, path: "/", scheme: "HTTP" },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
        },
      ],
    });
    expect(made["status"]).toEqual({ phase: "Pending", qosClass: "BestEffort" });
  });

  it("of a deployment", async () => {
    const cluster = await startCluster();
    const made = await cluster.create(`${apps}/deployments`, deployment("a"));
    expect(made["spec"]).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: { spec: { restartPolicy: "Always", containers: [{ imagePullPolicy: "IfNotPresent" }] } },
    });
  });

  it("of an autoscaler and a disruption budget, which are only kept", async () => {
    const cluster = await startCluster();
    const autoscaler = (spec: JsonObject): JsonObject => ({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "a" },
      spec: { scaleTargetRef: { kind: "Deployment", name: "a" }, ...spec },
    });
    const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    expect(await cluster.create(path, autoscaler({ maxReplicas: 3 }))).toMatchObject({
      spec: { minReplicas: 1, maxReplicas: 3 },
    });
    expect(
      await cluster.create("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "a" },
        spec: { maxUnavailable: "50%", selector: { matchLabels: { app: "a" } } },
      }),
    ).toMatchObject({ spec: { maxUnavailable: "50%" } });
  });

  it("of a secret: text becomes base64", async () => {
    const cluster = await startCluster();
    const made = await cluster.create(`${core}/secrets`, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { a: "b" },
    });
    expect([made["data"], made["stringData"], made["type"]]).toEqual([{ a: "Yg==" }, undefined, "Opaque"]);
  });
});

describe("cluster addresses", () => {
  it("are given, kept, given back, and checked when asked for", async () => {
    const cluster = await startCluster();
    const first = await cluster.create(`${core}/services`, service("a", { ports: [{ port: 80 }] }));
    const address = at(first, "spec", "clusterIP");
    expect(address).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(first["spec"]).toMatchObject({
      clusterIPs: [address],
      type: "ClusterIP",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      ipFamilies: ["IPv4"],
    });
    const kept = await cluster.call("PUT", `${core}/services/a`, { body: service("a", { ports: [{ port: 81 }] }) });
    expect(at(kept.body, "spec", "clusterIP")).toBe(address);
    const taken = await cluster.call("POST", `${core}/services`, {
      body: service("b", { clusterIP: address ?? null, ports: [{ port: 80 }] }),
    });
    expect([taken.code, taken.body["message"]]).toEqual([
      422,
      expect.stringContaining("provided IP is already allocated"),
    ]);
    await cluster.call("DELETE", `${core}/services/a`);
    const again = await cluster.create(
      `${core}/services`,
      service("b", { clusterIP: address ?? null, ports: [{ port: 80 }] }),
    );
    expect(at(again, "spec", "clusterIP")).toBe(address);
    const moved = await cluster.patch(`${core}/services/b`, { spec: { clusterIP: "10.96.9.9" } });
    expect([moved.code, moved.body["message"]]).toEqual([422, expect.stringContaining("may not change once set")]);
  });

  it("are not given to headless and external services; services that need node ports are refused", async () => {
    const cluster = await startCluster();
    const headless = await cluster.create(`${core}/services`, service("a", { clusterIP: "None" }));
    const external = await cluster.create(
      `${core}/services`,
      service("b", { type: "ExternalName", externalName: "x.y" }),
    );
    const open = service("c", { type: "NodePort", ports: [{ port: 80 }] });
    expect((await cluster.call("POST", `${core}/services`, { body: open })).code).toBe(501);
    expect([at(headless, "spec", "clusterIPs"), at(external, "spec", "clusterIP")]).toEqual([["None"], undefined]);
  });
});

describe("rules", () => {
  it.each<[string, string, JsonObject, string]>([
    [
      "a pod without containers",
      `${core}/pods`,
      pod("a", { containers: [] }),
      `Pod "a" is invalid: spec.containers: Required value`,
    ],
    [
      "a container without an image",
      `${core}/pods`,
      pod("a", { containers: [{ name: "x" }] }),
      `Pod "a" is invalid: spec.containers[0].image: Required value`,
    ],
    [
      "two containers of one name",
      `${core}/pods`,
      pod("a", {
        containers: [
          { name: "x", image: "i" },
          { name: "x", image: "i" },
        ],
      }),
      `Pod "a" is invalid: spec.containers[1].name: Duplicate value: "x"`,
    ],
    [
      "a port out of range",
      `${core}/pods`,
      pod("a", { containers: [{ name: "x", image: "i", ports: [{ containerPort: 0 }] }] }),
      "should be greater than or equal to 1",
    ],
    [
      "a mount without a volume",
      `${core}/pods`,
      pod("a", { containers: [{ name: "x", image: "i", volumeMounts: [{ name: "v", mountPath: "/v" }] }] }),
      `spec.containers[0].volumeMounts[0].name: Not found: "v"`,
    ],
    [
      "a selector that misses the template",
      `${apps}/deployments`,
      deployment("a", { selector: { matchLabels: { app: "b" } } }),
      "`selector` does not match template `labels`",
    ],
    [
      "a service without ports",
      `${core}/services`,
      service("a", {}),
      `Service "a" is invalid: spec.ports: Required value`,
    ],
    [
      "nameless ports beside each other",
      `${core}/services`,
      service("a", { ports: [{ port: 80 }, { port: 81 }] }),
      "spec.ports[0].name: Required value",
    ],
    ["a slice without an address type", slices, slice({ addressType: "" }), "addressType: Required value"],
    [
      "an endpoint without an address",
      slices,
      slice({ endpoints: [{ addresses: [] }] }),
      "endpoints[0].addresses: Required value",
    ],
    [
      "an address of the other family",
      slices,
      slice({ endpoints: [{ addresses: ["::1"] }] }),
      `endpoints[0].addresses[0]: Invalid value: "::1"`,
    ],
    [
      "a label that isn't one",
      `${core}/pods`,
      { ...pod("a"), metadata: { name: "a", labels: { "a b": "x" } } },
      `metadata.labels: Invalid value: "a b"`,
    ],
  ])("refuse %s", async (_, path, body, message) => {
    const cluster = await startCluster();
    const answer = await cluster.call("POST", path, { body });
    expect([answer.code, answer.body["message"]]).toEqual([422, expect.stringContaining(message)]);
    expect(objectsAt(answer.body, "details", "causes").length).toBeGreaterThan(0);
  });

  it("refuse values of the wrong type and unknown fields", async () => {
    const cluster = await startCluster();
    const typed = await cluster.call("POST", `${apps}/deployments`, { body: deployment("a", { replicas: "3" }) });
    expect([typed.code, typed.body["message"]]).toEqual([
      400,
      `Deployment in version "v1" cannot be handled as a Deployment: spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"`,
    ]);
    const strict = await cluster.call("POST", `${apps}/deployments?fieldValidation=Strict`, {
      body: deployment("a", { replica: 3 }),
    });
    expect([strict.code, strict.body["message"]]).toEqual([
      400,
      expect.stringContaining(`strict decoding error: unknown field "spec.replica"`),
    ]);
  });

  it("keep what may not change", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, pod("a"));
    await cluster.create(`${apps}/deployments`, deployment("a"));
    await cluster.create(slices, slice({}));
    const changes = [
      [
        `${core}/pods/a`,
        { spec: { restartPolicy: "Never" } },
        "spec: Forbidden: pod updates may not change fields other than",
      ],
      [
        `${apps}/deployments/a`,
        { spec: { selector: { matchLabels: { app: "a", x: "y" } }, template: { metadata: { labels: { x: "y" } } } } },
        "spec.selector: Invalid value: ",
      ],
      [`${slices}/s`, { addressType: "IPv6" }, `addressType: Invalid value: "IPv6": field is immutable`],
    ] as const;
    for (const [path, patch, message] of changes) {
      const answer = await cluster.patch(path, patch);
      expect([answer.code, answer.body["message"]]).toEqual([422, expect.stringContaining(message)]);
    }
    expect(
      (
        await cluster.patch(
          `${core}/pods/a`,
          [{ op: "replace", path: "/spec/containers/0/image", value: "app:2" }],
          "json-patch+json",
        )
      ).code,
    ).toBe(200);
  });
});

describe("binding", () => {
  it("puts a pod on a node, once", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, pod("a"));
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: "a" }, target: { kind: "Node", name: "n" } };
    expect((await cluster.call("POST", `${core}/pods/a/binding`, { body: binding })).code).toBe(201);
    const bound = await cluster.get(`${core}/pods/a`);
    expect([at(bound, "spec", "nodeName"), objectsAt(bound, "status", "conditions")[0]?.["type"]]).toEqual([
      "n",
      "PodScheduled",
    ]);
    expect((await cluster.call("POST", `${core}/pods/a/binding`, { body: binding })).code).toBe(409);
  });
});
