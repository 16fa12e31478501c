import { expect, test } from "vitest";
import { all, chartSuite, one, operatorOf, podsOf, render } from "./chart.ts";

const version = /^\d+\.\d+\.\d+$/;

chartSuite("the operator's Deployment", () => {
  test("is in the namespace of the release", () => {
    expect(one(render(), "Deployment").metadata).toMatchObject({ name: "rel-headgate", namespace: "test-ns" });
  });

  test("runs the image of the chart's appVersion, without a leading v, unless a tag is given", () => {
    const [repository, tag] = operatorOf().image.split(":");
    expect(repository).toBe("headgate");
    expect(tag).toMatch(version);
    expect(operatorOf({ values: { image: { tag: "1.2.3-custom" } } }).image).toBe("headgate:1.2.3-custom");
    const elsewhere = { image: { repository: "registry.example:5000/team/headgate" } };
    expect(operatorOf({ values: elsewhere }).image).toBe(`registry.example:5000/team/headgate:${tag ?? ""}`);
  });

  test("passes the values on as the flags of the original operator", () => {
    const { args } = operatorOf();
    expect(args[0]).toBe("operator");
    expect(args).toContain("--pod-port=8080");
    expect(args).toContain("--service-port=80");
    expect(args).toContain("--gateway-name=envoy-router");
    const operator = { podPort: 9000, servicePort: 81, gatewayName: "edge", watchNamespace: "shop", logLevel: "debug" };
    expect(operatorOf({ values: { operator } }).args).toEqual(
      expect.arrayContaining([
        "--pod-port=9000",
        "--service-port=81",
        "--gateway-name=edge",
        "--watch-namespace=shop",
        "--log-level=debug",
      ]),
    );
  });

  test("names no namespace to watch when none is given, also when the value is null", () => {
    const flags = (values?: unknown): readonly string[] =>
      operatorOf({ values: values ?? {} }).args.filter((arg) => arg.startsWith("--watch-namespace"));
    expect(flags()).toEqual([]);
    expect(flags({ operator: { watchNamespace: null } })).toEqual([]);
    expect(flags({ operator: { watchNamespace: "shop" } })).toEqual(["--watch-namespace=shop"]);
    expect(flags({ operator: { watchReleaseNamespace: true } })).toEqual(["--watch-namespace=test-ns"]);
  });

  test("leaves endpoint policies alone until they are asked for", () => {
    expect(operatorOf().args).toContain("--no-endpoint-policies");
    const values = { endpointPolicies: { enabled: true } };
    expect(operatorOf({ values }).args).not.toContain("--no-endpoint-policies");
  });

  test("leaves Operators alone until they are asked for", () => {
    expect(operatorOf().args).toContain("--no-pipelines");
    expect(operatorOf({ values: { pipelines: { enabled: true } } }).args).not.toContain("--no-pipelines");
  });

  test("has no argument for the Gateway's namespace, which is always the pod's own", () => {
    expect(operatorOf().args.filter((arg) => arg.startsWith("--gateway-namespace"))).toEqual([]);
  });

  test("attaches routes to the Gateway that the chart makes, whatever it is called", () => {
    expect(operatorOf({ values: { gateway: { name: "edge" } } }).args).toContain("--gateway-name=edge");
  });

  test("elects a leader, under a Lease in its own namespace that its Role names", () => {
    const objects = render({ values: { replicaCount: 2, operator: { watchNamespace: "shop" } } });
    const { args } = podsOf(one(objects, "Deployment")).spec.containers[0];
    expect(args).not.toContain("--no-leader-elect");
    expect(args).toContain("--leader-election-namespace=test-ns");
    const lease = args.find((arg) => arg.startsWith("--leader-election-id="))?.split("=")[1];
    const role = one(objects, "Role", "rel-headgate");
    expect(role.metadata.namespace).toBe("test-ns");
    expect(role.rules?.flatMap(({ resourceNames = [] }) => resourceNames)).toEqual([lease]);
  });

  test("uses the service account that the chart makes, or the one that is named", () => {
    const account = (serviceAccount: unknown): string =>
      podsOf(one(render({ values: { serviceAccount } }), "Deployment")).spec.serviceAccountName;
    expect(account({})).toBe("rel-headgate");
    expect(account({ name: "mine" })).toBe("mine");
    expect(account({ create: false })).toBe("default");
    expect(account({ create: false, name: "there" })).toBe("there");
  });

  test("runs as nobody in particular, on a root that can't be written", () => {
    for (const deployment of all(render({ values: { proxy: { enabled: true } } }), "Deployment")) {
      const { spec } = podsOf(deployment);
      expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      expect(spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(spec.containers[0].resources).toMatchObject({ requests: {}, limits: { memory: "512Mi" } });
    }
  });

  test("probes by name the ports that the flags open", () => {
    const { ports, args, livenessProbe, readinessProbe } = operatorOf();
    expect(ports.map(({ name, containerPort }) => [name, containerPort])).toEqual([
      ["metrics", 8080],
      ["health", 8081],
    ]);
    expect(args).toContain("--metrics-bind-address=:8080");
    expect(args).toContain("--health-probe-bind-address=:8081");
    expect(livenessProbe).toMatchObject({ httpGet: { path: "/healthz", port: "health" } });
    expect(readinessProbe).toMatchObject({ httpGet: { path: "/readyz", port: "health" } });
  });

  test("takes what decides where and how pods run", () => {
    const values = {
      replicaCount: 3,
      imagePullSecrets: [{ name: "registry" }],
      podAnnotations: { "example.com/team": "edge" },
      resources: { limits: { cpu: "1" } },
      nodeSelector: { "kubernetes.io/arch": "arm64" },
      tolerations: [{ key: "edge", operator: "Exists" }],
      affinity: { nodeAffinity: {} },
    };
    const deployment = one(render({ values }), "Deployment");
    const { replicaCount, podAnnotations, resources, ...pods } = values;
    expect(deployment.spec).toMatchObject({
      replicas: replicaCount,
      template: { metadata: { annotations: podAnnotations }, spec: pods },
    });
    expect(podsOf(deployment).spec.containers[0].resources).toMatchObject(resources);
  });

  test("selects its own pods and no others of the release", () => {
    const objects = render({ values: { proxy: { enabled: true } } });
    const deployments = all(objects, "Deployment");
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(["rel-headgate", "rel-headgate-proxy"]);
    const selected = [...deployments, ...all(objects, "Service")].map(({ metadata, spec = {} }) => {
      const selector = (spec["selector"] ?? {}) as Record<string, string> & { matchLabels?: Record<string, string> };
      const wanted = Object.entries(selector.matchLabels ?? selector);
      const matching = deployments.filter((other) => {
        const { labels } = podsOf(other);
        return wanted.every(([label, value]) => labels[label] === value);
      });
      return [metadata.name, matching.map((other) => other.metadata.name)];
    });
    expect(selected).toEqual([
      ["rel-headgate", ["rel-headgate"]],
      ["rel-headgate-proxy", ["rel-headgate-proxy"]],
      ["rel-headgate-metrics", ["rel-headgate"]],
      ["rel-headgate-proxy", ["rel-headgate-proxy"]],
    ]);
  });
});
