// Needs the rig: it installs a definition that stays.
import { request } from "node:https";
import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { all, chartFolder, render } from "../chart/chart.ts";
import type { Manifest, Release } from "../chart/chart.ts";
import { adminAccess } from "../rigs/kubernetes/shared-cluster.ts";
import { define, gatewayApi, serviceMonitors } from "./published.ts";

const namespace = "admission-restricted";
const elsewhere = "admission-elsewhere";

/** Every value that puts something into an object, at something other than its default. */
const everything = {
  replicaCount: 3,
  image: { repository: "registry.example/headgate", tag: "1.2.3", pullPolicy: "Always" },
  imagePullSecrets: [{ name: "registry" }],
  gateway: { className: "other", name: "other", port: 8443, allowedRouteNamespaces: "All" },
  operator: { servicePort: 8000, podPort: 9000, watchNamespace: elsewhere, instance: "mine", logLevel: "debug" },
  metrics: {
    serviceMonitor: { enabled: true, namespace: elsewhere, interval: "10s", additionalLabels: { release: "p" } },
  },
  podAnnotations: { "example.com/a": "b" },
  resources: { limits: { cpu: "1", memory: "1Gi" } },
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [{ key: "edge", operator: "Exists", effect: "NoSchedule" }],
  affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  proxy: {
    enabled: true,
    replicaCount: 2,
    publishAddresses: ["192.0.2.1"],
    service: { type: "LoadBalancer", annotations: { "example.com/scheme": "internal" } },
    podAnnotations: { "example.com/a": "b" },
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ operator: "Exists" }],
  },
};

const releases: Readonly<Record<string, Release>> = {
  "no values": {},
  "the proxy": { values: { proxy: { enabled: true } } },
  "the preset for further releases": { files: [`${chartFolder}/values-secondary.yaml`] },
  "everything at other than its default": { values: everything },
};

let admin: Access;
let client: Client;

beforeAll(async () => {
  admin = adminAccess();
  client = connect(admin);
  await define(client, gatewayApi);
  await define(client, serviceMonitors);
  const level = "pod-security.kubernetes.io";
  const labels = { [`${level}/enforce`]: "restricted", [`${level}/warn`]: "restricted" };
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: elsewhere } });
  await vi.waitFor(() => client.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name: "default" }), 60_000);
});
afterAll(async () => {
  for (const name of [namespace, elsewhere]) await client.delete({ apiVersion: "v1", kind: "Namespace", name });
  await client.close();
});

interface Admitted {
  readonly status: number;
  readonly body: string;
  readonly warnings: readonly string[];
}

/** Applies an object without effect, with every field checked. */
async function tryApply(object: KubeObject): Promise<Admitted> {
  const { apiVersion, kind, metadata } = object;
  const { plural, namespaced } = await client.discover(apiVersion, kind);
  const place = namespaced ? `/namespaces/${metadata.namespace ?? namespace}` : "";
  const root = apiVersion.includes("/") ? "apis" : "api";
  const query = "dryRun=All&fieldValidation=Strict&fieldManager=helm&force=true";
  const url = `${admin.server}/${root}/${apiVersion}${place}/${plural}/${metadata.name}?${query}`;
  const headers = { ...(await admin.headers?.()), "content-type": "application/apply-patch+yaml" };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "PATCH", headers, ca: admin.ca, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      response.on("end", () => {
        const warning = response.headers["warning"];
        resolve({ status: response.statusCode ?? 0, body, warnings: warning === undefined ? [] : [warning].flat() });
      });
      response.on("error", reject);
    });
    sent.on("error", reject).end(JSON.stringify(object));
  });
}

/** The pod that a Deployment would come to; a Deployment itself is only warned of. */
function podOf(deployment: Manifest): KubeObject {
  const { template } = deployment.spec as { template: { metadata: object; spec: object } };
  const metadata = { ...template.metadata, name: deployment.metadata.name, namespace };
  // Its own account isn't there as long as nothing is done in earnest.
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...template.spec, serviceAccountName: "default" } };
}

async function complaints(release: Release): Promise<readonly unknown[]> {
  const objects = render({ ...release, name: "rel", namespace });
  const pods = all(objects, "Deployment").map(podOf);
  expect(pods.length).toBeGreaterThan(0);
  const answers = [];
  for (const object of [...objects.map((one) => ({ ...one })), ...pods]) {
    const { status, body, warnings } = await tryApply(object);
    const said = [...(status < 300 ? [] : [body]), ...warnings];
    if (said.length > 0) answers.push([object.kind, object.metadata.name, said]);
  }
  return answers;
}

test.each(Object.entries(releases))(
  "a real API server admits the objects of a release with %s, without a warning",
  async (_, release) => {
    expect(await complaints(release)).toEqual([]);
  },
);

test("without its security contexts, it would warn of the Deployment and refuse the pod", async () => {
  const bare = { podSecurityContext: { runAsNonRoot: null, seccompProfile: null } };
  const found = JSON.stringify(await complaints({ values: bare }));
  expect(found).toMatch(/\["Deployment","rel-headgate",\["[^[]*would violate PodSecurity/);
  expect(found).toMatch(/\["Pod","rel-headgate",\["[^[]*violates PodSecurity/);
});

test("a field that does not exist would be refused", async () => {
  const [service] = all(render({ name: "rel", namespace }), "Service");
  const { status, body } = await tryApply({ ...service, spec: { ...service?.spec, selecter: {} } } as KubeObject);
  expect([status, body]).toEqual([expect.any(Number), expect.stringContaining("selecter")]);
  expect(status).toBeGreaterThanOrEqual(400);
});
