import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { defaultPodRouteSettings, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import type { ApiServer } from "@headgate/local";
import { operator } from "@headgate/operator";

/** Long enough for a machine that is busy with something else. */
const patience = { timeout: 60_000, interval: 10 };

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Every annotation, wrong in every way that we could think of. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  port: ["", "0", "-1", "65536", "99999999999", "80.5", "0x50", " 80", "08", "http", "UPPER", "80,81", "８０", "{}"],
  path: [
    "",
    "x",
    "//",
    "/a//b",
    "/../etc",
    "/a/./b",
    "/a?b=c",
    "/a#b",
    "/a b",
    "/é",
    "/a%2fb",
    "/a%zz",
    "/\\",
    `/${"a".repeat(1025)}`,
  ],
  "strip-prefix": ["", "True", "yes", "1", "on", "false "],
  hostname: [
    "",
    "*",
    "a..b",
    "-a.example.com",
    "UPPER.example.com",
    "10.0.0.1",
    "::1",
    "a.example.com:80",
    "http://a",
    "*.*.com",
    "a_b.com",
    `${"a".repeat(64)}.com`,
  ],
  prot: ["80"],
  Port: ["80"],
  enabled: ["true"],
};
const cases = Object.entries(wrong).flatMap(([name, values]) =>
  values.map((value, i) => ({
    name: `envoy-router/${name}`,
    value,
    pod: `wrong-${Object.keys(wrong).indexOf(name)}-${i}`,
  })),
);

describe("a pod whose annotations are wrong", () => {
  let server: ApiServer;
  let client: Client;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    server = await startApiServer({});
    client = connect({ server: server.url });
    const abort = new AbortController();
    const done = operator({ client, settings: defaultPodRouteSettings, log: silent }).run(abort.signal);
    stop = async () => {
      abort.abort();
      await done;
      await client.close();
      await server.close();
    };
    // With its Gateway there, so that nothing but the annotation is wrong.
    const gateway = { gatewayClassName: "any", listeners: [{ name: "http", protocol: "HTTP", port: 80 }] };
    const metadata = { name: "envoy-router", namespace: "default" };
    await client.create({ apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata, spec: gateway });
    for (const { pod, name, value } of [...cases, { pod: "right", name: "envoy-router/path", value: "/right" }]) {
      await aReadyPod(pod, { [name]: value });
    }
    await vi.waitFor(async () => {
      expect(await warnings()).toHaveLength(cases.length);
    }, 60_000);
  }, 150_000);
  afterAll(() => stop());

  const aReadyPod = async (name: string, annotations: Record<string, string>): Promise<void> => {
    const labels = { "envoy-router/enabled": "true" };
    const spec = { nodeName: "n", containers: [{ name: "c", image: "x" }] };
    const metadata = { name, namespace: "default", labels, annotations };
    await client.create({ apiVersion: "v1", kind: "Pod", metadata, spec });
    const status = {
      phase: "Running",
      podIP: "10.1.2.3",
      podIPs: [{ ip: "10.1.2.3" }],
      conditions: [{ type: "Ready", status: "True" }],
    };
    await client.patch(
      { apiVersion: "v1", kind: "Pod", namespace: "default", name },
      { status },
      { type: "merge", subresource: "status" },
    );
  };
  const warnings = async (): Promise<readonly KubeObject[]> =>
    (await client.list(resourceTypes.Event, { namespace: "default" })).items.filter(({ type }) => type === "Warning");

  test.each(cases)("$name = $value gives one Event that names field and value", async ({ pod, name, value }) => {
    const told = (await warnings()).filter((event) => (event["involvedObject"] as { name: string }).name === pod);
    expect(told).toHaveLength(1);
    const message = String(told[0]?.["message"]);
    expect(message).toContain(name);
    expect(message).toContain(value.length > 100 ? value.slice(0, 40) : JSON.stringify(value).slice(1, -1));
    expect(message.length).toBeLessThan(1024);
    expect(told[0]?.["count"]).toBe(1);
  });

  test("makes no object, while a right pod beside it gets all of its own", async () => {
    await vi.waitFor(async () => {
      const types = [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute];
      const lists = await Promise.all(types.map((type) => client.list(type, { namespace: "default" })));
      const made = lists.flatMap(({ items }) => items).filter(({ metadata }) => metadata.ownerReferences !== undefined);
      expect(made.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
        "EndpointSlice/right",
        "HTTPRoute/right",
        "Service/right",
      ]);
    }, patience);
  });
});
