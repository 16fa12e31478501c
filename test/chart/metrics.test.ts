import { expect, test } from "vitest";
import { all, chartSuite, one, operatorOf, render } from "./chart.ts";

const monitored = { enabled: true, interval: "15s", scrapeTimeout: "5s", additionalLabels: { release: "prometheus" } };

chartSuite("metrics", () => {
  test("a Service leads to the port on which the operator serves them", () => {
    const service = one(render(), "Service");
    expect(service.metadata).toMatchObject({ name: "rel-headgate-metrics", namespace: "test-ns" });
    expect(service.spec?.["ports"]).toEqual([{ name: "metrics", port: 8080, targetPort: "metrics", protocol: "TCP" }]);
    expect(operatorOf().ports.map(({ name }) => name)).toContain("metrics");
  });

  test("there is no ServiceMonitor unless it is asked for", () => {
    expect(all(render(), "ServiceMonitor")).toEqual([]);
  });

  test("a ServiceMonitor finds that Service, by the original's defaults or as asked", () => {
    const objects = render({ values: { metrics: { serviceMonitor: { enabled: true } } } });
    const monitor = one(objects, "ServiceMonitor");
    expect(monitor.metadata).toMatchObject({ name: "rel-headgate", namespace: "test-ns" });
    const { selector, namespaceSelector, endpoints } = monitor.spec as {
      selector: { matchLabels: Record<string, string> };
      namespaceSelector: unknown;
      endpoints: unknown;
    };
    expect(one(objects, "Service").metadata.labels).toMatchObject(selector.matchLabels);
    expect(namespaceSelector).toEqual({ matchNames: ["test-ns"] });
    expect(endpoints).toEqual([{ port: "metrics", path: "/metrics", interval: "30s", scrapeTimeout: "10s" }]);

    const asked = one(render({ values: { metrics: { serviceMonitor: monitored } } }), "ServiceMonitor");
    expect(asked.metadata.labels).toMatchObject({ release: "prometheus" });
    expect(asked.spec?.["endpoints"]).toMatchObject([{ interval: "15s", scrapeTimeout: "5s" }]);
  });

  test("a ServiceMonitor in a namespace of its own is named for its release", () => {
    const serviceMonitor = { ...monitored, namespace: "monitoring" };
    const { metadata, spec } = one(render({ values: { metrics: { serviceMonitor } } }), "ServiceMonitor");
    expect(metadata).toMatchObject({ name: "test-ns.rel-headgate", namespace: "monitoring" });
    expect(spec?.["namespaceSelector"]).toEqual({ matchNames: ["test-ns"] });
  });
});
