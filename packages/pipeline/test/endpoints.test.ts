import { expect, test } from "vitest";

import { fileOf, gone, now, pipelinesOf, said, service, services, slice, slices, there } from "./objects.ts";

const endpoints = "test/endpointslice-controller";

test("each address of each port of an annotated Service is an object with the name that it always had", () => {
  const pipelines = pipelinesOf(fileOf("endpoints.yaml"));
  pipelines.apply(
    [there(services, service("testsvc", [80, 8843])), there(services, service("other", [80], false))],
    now,
  );
  const first = pipelines.apply([there(slices, slice("a", "testsvc", ["10.244.1.69", "10.244.1.90"]))], now);
  expect(said(first, endpoints)).toEqual([
    "Added default/testsvc-43s657",
    "Added default/testsvc-6kq57l",
    "Added default/testsvc-8x1zl2",
    "Added default/testsvc-b9p5tj",
  ]);
  expect(pipelines.rows(endpoints).get("default/testsvc-b9p5tj")).toEqual({
    apiVersion: "test.view.dcontroller.io/v1alpha1",
    kind: "EndpointView",
    metadata: { name: "testsvc-b9p5tj", namespace: "default" },
    spec: {
      address: "10.244.1.69",
      port: 80,
      protocol: "TCP",
      serviceName: "testsvc",
      targetPort: 80,
      type: "ClusterIP",
    },
  });
  const third = slice("a", "testsvc", ["10.244.1.69", "10.244.1.90", "10.244.1.229"]);
  expect(said(pipelines.apply([there(slices, third)], now), endpoints)).toEqual([
    "Added default/testsvc-8zbi3v",
    "Added default/testsvc-dg9n0j",
  ]);
  const end = pipelines.apply([gone(services, "default/testsvc")], now);
  expect(said(end, endpoints)).toHaveLength(6);
  expect(said(end, endpoints).every((one) => one.startsWith("Deleted "))).toBe(true);
  expect(pipelines.rows(endpoints).size).toBe(0);
});

test("an address that moves between two slices of a Service is never taken away", () => {
  const pipelines = pipelinesOf(fileOf("endpoints.yaml"));
  pipelines.apply([there(services, service("s", [80])), there(slices, slice("a", "s", ["10.0.0.1", "10.0.0.2"]))], now);
  expect(said(pipelines.apply([there(slices, slice("b", "s", ["10.0.0.2"]))], now), endpoints)).toEqual([]);
  expect(said(pipelines.apply([there(slices, slice("a", "s", ["10.0.0.1"]))], now), endpoints)).toEqual([]);
  expect(pipelines.rows(endpoints).size).toBe(2);
});

test("gathered, each port of an annotated Service is one object with all its addresses in order", () => {
  const pipelines = pipelinesOf(fileOf("endpoints-gathered.yaml"));
  const addresses = (): unknown => pipelines.rows(endpoints).get("default/s-TCP-80")?.["spec"];
  pipelines.apply([there(services, service("s", [80, 443])), there(slices, slice("a", "s", ["10.0.0.2"]))], now);
  pipelines.apply([there(slices, slice("b", "s", ["10.0.0.1"]))], now);
  expect([...pipelines.rows(endpoints).keys()]).toEqual(["default/s-TCP-80", "default/s-TCP-443"]);
  expect(addresses()).toMatchObject({ addresses: ["10.0.0.1", "10.0.0.2"], port: 80 });
  expect(said(pipelines.apply([there(slices, slice("a", "s", ["10.0.0.2"], false))], now), endpoints)).toEqual([
    "Updated default/s-TCP-443",
    "Updated default/s-TCP-80",
  ]);
  expect(addresses()).toMatchObject({ addresses: ["10.0.0.1"] });
});
