import { expect, test } from "vitest";
import { all, chartSuite, one, podsOf, render } from "./chart.ts";

const controller = (values: unknown): unknown => one(render({ values }), "GatewayClass").spec?.["controllerName"];

chartSuite("Gateway and GatewayClass", () => {
  test("a Gateway with one HTTP listener is made in the namespace of the release", () => {
    const gateway = one(render(), "Gateway");
    expect(gateway.apiVersion).toBe("gateway.networking.k8s.io/v1");
    expect(gateway.metadata).toMatchObject({ name: "envoy-router", namespace: "test-ns" });
    expect(gateway.spec).toEqual({
      gatewayClassName: "envoy-router",
      listeners: [{ name: "http", protocol: "HTTP", port: 80, allowedRoutes: { namespaces: { from: "Same" } } }],
    });
  });

  test("name, class, port and allowed namespaces are values", () => {
    const gateway = { name: "edge", className: "contour", port: 8000, allowedRouteNamespaces: "All" };
    const { metadata, spec } = one(render({ values: { gateway } }), "Gateway");
    expect(metadata.name).toBe("edge");
    expect(spec).toMatchObject({
      gatewayClassName: "contour",
      listeners: [{ port: 8000, allowedRoutes: { namespaces: { from: "All" } } }],
    });
  });

  test("there is no Gateway when it is not to be made", () => {
    expect(all(render({ values: { gateway: { create: false } } }), "Gateway")).toEqual([]);
  });

  test("the GatewayClass bears its name, outlives the release, and has no namespace", () => {
    const { metadata } = one(render({ values: { gateway: { className: "edge" } } }), "GatewayClass");
    expect(metadata.name).toBe("edge");
    expect(metadata.namespace).toBeUndefined();
    expect(metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
  });

  test("the class is Envoy Gateway's, or the proxy's when that is installed, or whose it is said to be", () => {
    expect(controller({})).toBe("gateway.envoyproxy.io/gatewayclass-controller");
    expect(controller({ proxy: { enabled: true } })).toBe("headgate.io/gateway-controller");
    expect(controller({ proxy: { enabled: true, controllerName: "example.com/edge" } })).toBe("example.com/edge");
    expect(controller({ proxy: { enabled: true }, gateway: { controllerName: "example.com/a" } })).toBe(
      "example.com/a",
    );
  });

  test("there is no GatewayClass when it is not to be made", () => {
    expect(all(render({ values: { gateway: { createClass: false } } }), "GatewayClass")).toEqual([]);
  });
});

chartSuite("the proxy", () => {
  test("is not installed unless it is asked for", () => {
    expect(render().filter(({ metadata }) => metadata.name.includes("proxy"))).toEqual([]);
  });

  test("serves the class that the chart makes, on the port that its Service leads to", () => {
    const ports = (port: number): unknown => {
      const objects = render({ values: { gateway: { port }, proxy: { enabled: true } } });
      const { args, ports: open } = podsOf(one(objects, "Deployment", "rel-headgate-proxy")).spec.containers[0];
      expect(args).toContain(`--controller-name=${String(one(objects, "GatewayClass").spec?.["controllerName"])}`);
      expect(args).toContain("--port-offset=10000");
      const service = one(objects, "Service", "rel-headgate-proxy").spec?.["ports"];
      return { service, http: open.find(({ name }) => name === "http")?.containerPort };
    };
    const service = (port: number): unknown => [{ name: "http", port, targetPort: "http", protocol: "TCP" }];
    expect(ports(80)).toEqual({ service: service(80), http: 10_080 });
    expect(ports(8000)).toEqual({ service: service(8000), http: 8000 });
  });

  test("publishes the addresses that it is given, behind the Service that is asked for", () => {
    const proxy = {
      enabled: true,
      publishAddresses: ["192.0.2.1", "2001:db8::1"],
      service: { type: "LoadBalancer", annotations: { "example.com/lb": "internal" } },
    };
    const objects = render({ values: { proxy } });
    const { args } = podsOf(one(objects, "Deployment", "rel-headgate-proxy")).spec.containers[0];
    expect(args.filter((arg) => arg.startsWith("--publish-address"))).toEqual([
      "--publish-address=192.0.2.1",
      "--publish-address=2001:db8::1",
    ]);
    const service = one(objects, "Service", "rel-headgate-proxy");
    expect(service.spec?.["type"]).toBe("LoadBalancer");
    expect(service.metadata.annotations).toEqual({ "example.com/lb": "internal" });
  });
});
