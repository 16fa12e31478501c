import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { helpText } from "../../tools/docs/subcommands.ts";
import { root } from "../../tools/root.ts";
import { all, chartFolder, chartSuite, podsOf, render, runHelm, template } from "./chart.ts";

const file = (path: string): unknown => parse(readFileSync(path, "utf8"));

/** Every value of the envoy-router chart at its default, as `helm get values --all` gives them. */
const original = {
  replicaCount: 1,
  image: { repository: "registry.example/headgate", tag: "", pullPolicy: "IfNotPresent" },
  serviceAccount: { create: true, name: "" },
  gateway: {
    createClass: true,
    create: true,
    className: "envoy-router",
    name: "envoy-router",
    port: 80,
    allowedRouteNamespaces: "Same",
  },
  operator: { gatewayName: "envoy-router", servicePort: 80, podPort: 8080, watchNamespace: "" },
  "envoy-gateway": {
    enabled: true,
    createNamespace: false,
    config: { envoyGateway: { provider: { type: "Kubernetes" }, logging: { level: { default: "info" } } } },
    deployment: { replicas: 1 },
  },
  metrics: { serviceMonitor: { enabled: false, interval: "30s", scrapeTimeout: "10s", additionalLabels: {} } },
  resources: {},
  nodeSelector: {},
  tolerations: [],
  affinity: {},
};

/** Pairs of wrong values and what has to be in the complaint. */
const wrong: readonly (readonly [values: unknown, complaint: readonly string[]])[] = [
  [{ operator: { podPort: 99_999 } }, ["/operator/podPort", "65,535"]],
  [{ operator: { servicePort: "http" } }, ["/operator/servicePort", "integer"]],
  [{ operator: { podport: 8080 } }, ["/operator", "podport"]],
  [{ operator: { watchNamespace: "Shop" } }, ["/operator/watchNamespace"]],
  [{ operator: { instance: "-a" } }, ["/operator/instance"]],
  [{ operator: { logLevel: "loud" } }, ["/operator/logLevel", "'debug', 'info', 'warn', 'error'"]],
  [{ operator: { watchNamespace: "shop", watchReleaseNamespace: true } }, ["set one of them"]],
  [{ gateway: { port: 0 } }, ["/gateway/port"]],
  [{ gateway: { allowedRouteNamespaces: "Some" } }, ["/gateway/allowedRouteNamespaces", "'Same', 'All'"]],
  [{ image: { pullPolicy: "Sometimes" } }, ["/image/pullPolicy"]],
  [{ image: { tag: "a b" } }, ["/image/tag"]],
  [{ image: { repository: "ghcr.io/comet-ml/envoy-router" } }, ["the image of the original operator"]],
  [{ metrics: { serviceMonitor: { interval: "30" } } }, ["/metrics/serviceMonitor/interval"]],
  [{ proxy: { enabled: "yes" } }, ["/proxy/enabled", "boolean"]],
  [{ nodeselector: {} }, ["nodeselector"]],
];

chartSuite("values", () => {
  test("helm lint finds nothing wrong, by default and with the preset", () => {
    for (const args of [[], ["-f", `${chartFolder}/values-secondary.yaml`], ["--set", "proxy.enabled=true"]]) {
      const { status, output } = runHelm(["lint", "--strict", chartFolder, ...args]);
      expect(output).toContain("0 chart(s) failed");
      expect(output).not.toMatch(/\[(WARNING|ERROR)\]/);
      expect(status).toBe(0);
    }
  });

  test("values written for the original chart install as they are", () => {
    const objects = render({ values: original });
    expect(objects.map(({ kind }) => kind)).toEqual(render().map(({ kind }) => kind));
  });

  test.each(wrong)("%j is refused with a reason that names it", (values, complaint) => {
    const { status, errors } = template({ values });
    expect(status).not.toBe(0);
    for (const part of complaint) expect(errors).toContain(part);
  });

  test("every flag that the chart passes is one of the command's", () => {
    const values = {
      operator: { watchNamespace: "shop" },
      proxy: { enabled: true, publishAddresses: ["192.0.2.1"] },
    };
    const deployments = all(render({ values }), "Deployment");
    expect(deployments).toHaveLength(2);
    for (const deployment of deployments) {
      const [command = "", ...flags] = podsOf(deployment).spec.containers[0].args;
      const help = helpText([command]);
      // One with a value is followed by its name, one without by nothing but space.
      const shown = flags.map((flag) => flag.replace(/^(--[a-z-]+)=.+$/, "$1 <").replace(/^(--[a-z-]+)$/, "$1  "));
      expect(shown.filter((flag) => !help.includes(flag))).toEqual([]);
    }
  });

  test("names that look like numbers stay names", () => {
    const objects = render({ name: "42", namespace: "7", values: { gateway: { name: "80", className: "8" } } });
    const names = objects.flatMap(({ metadata }) => [
      metadata.name,
      metadata.namespace ?? "",
      ...Object.values(metadata.labels),
    ]);
    expect(names.filter((name) => typeof name !== "string")).toEqual([]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The values that a schema has no place for, and the ones that it allows and that have no default. */
function mismatches(schema: Schema, values: unknown, path = ""): readonly string[] {
  const { properties } = schema;
  if (properties === undefined) return [];
  const given = values as Readonly<Record<string, unknown>>;
  const names = new Set([...Object.keys(properties), ...Object.keys(given)]);
  return [...names].flatMap((name) => {
    const below = properties[name];
    const at = `${path}/${name}`;
    return below === undefined || !(name in given) ? [at] : mismatches(below, given[name], at);
  });
}

test("schema and defaults name the same values, but for what Helm adds to the values of a sub-chart", () => {
  const schema = JSON.parse(readFileSync(`${chartFolder}/values.schema.json`, "utf8")) as Schema;
  expect(mismatches(schema, file(`${chartFolder}/values.yaml`))).toEqual(["/global", "/enabled"]);
});

test("the chart's version, its appVersion and the version of the packages are one", () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
  expect(file(`${chartFolder}/Chart.yaml`)).toMatchObject({ version, appVersion: version });
});
