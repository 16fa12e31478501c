import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as GrpcClient, credentials } from "@grpc/grpc-js";
import type { Metadata } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import type { KubeObject } from "@headgate/api";
import { accessFromKubeconfig, connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";

import { readObjects } from "../../packages/cli/src/render/index.ts";
import { root } from "../../tools/root.ts";
import { call } from "../conformance/proxy/client.ts";
import { aFreePort } from "./free-port.ts";
import { startHeadgate } from "./headgate-process.ts";
import type { HeadgateProcess } from "./headgate-process.ts";

const patience = { timeout: 240_000, interval: 100 };
const apiVersion = "gateway.networking.k8s.io/v1";

/** What the manifests expect to find: their Gateway, and each application with its own Service. */
function surroundings(): readonly KubeObject[] {
  const metadata = (name: string): KubeObject["metadata"] => ({ name, namespace: "default" });
  const app = (name: string, port: number): readonly KubeObject[] => [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadata(name),
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            containers: [
              {
                name,
                image: `${name}:v1.0.0`,
                readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(`${name}-svc`),
      spec: { selector: { app: name }, ports: [{ port, targetPort: 8080 }] },
    },
  ];
  return [
    {
      apiVersion,
      kind: "GatewayClass",
      metadata: { name: "headgate" },
      spec: { controllerName: "headgate.io/gateway-controller" },
    },
    {
      apiVersion,
      kind: "Gateway",
      metadata: metadata("my-gateway"),
      spec: { gatewayClassName: "headgate", listeners: [{ name: "http", protocol: "HTTP", port: 80 }] },
    },
    ...app("my-app", 8080),
    ...app("my-grpc-app", 9090),
  ];
}

let folder: string;
let port: number;
let headgate: HeadgateProcess;
let client: Client;
let originals: readonly KubeObject[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-originals-"));
  port = await aFreePort();
  headgate = startHeadgate(["local", `--gateway-port-offset=${String(port - 80)}`], folder);
  await vi.waitFor(() => {
    expect(headgate.output(), headgate.errors()).toMatch(/ gateway +http/);
  }, patience);
  client = connect(await accessFromKubeconfig({ path: join(folder, ".headgate/kubeconfig") }));
  originals = await readObjects([join(root, "examples/endpoint-policy/original")]);
  for (const object of [...surroundings(), ...originals]) await client.create(object);
}, 300_000);
afterAll(async () => {
  await client.close();
  await headgate.stop("SIGKILL");
  await rm(folder, { recursive: true });
});

test("the four manifests of EndpointScaler come to what they ask for, together", async () => {
  expect(originals.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => "EndpointPolicy"));
  await vi.waitFor(async () => {
    for (const { apiVersion: version, kind, metadata } of originals) {
      const { status } = await client.get({ apiVersion: version, kind, namespace: "default", name: metadata.name });
      const conditions = [{ type: "Ready", status: "True", reason: "AllEndpointsReady" }];
      expect(status, metadata.name).toMatchObject({ endpointCount: 2, conditions });
    }
  }, patience);
}, 300_000);

/** Who answers a request for a path of the host that the manifests name. */
async function web(path: string): Promise<string> {
  const { status, headers } = await call({ host: "127.0.0.1", port }, { host: "api.example.com", path });
  return status === 200 ? String(headers["x-pod"]) : String(status);
}

/** Who answers a call of a method. */
function rpc(caller: GrpcClient, method: string): Promise<string> {
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    caller
      .makeUnaryRequest(`/com.example.${method}`, same, same, Buffer.from("message"), (error) => {
        if (error !== null) resolve(error.message);
      })
      .on("metadata", (metadata: Metadata) => {
        resolve(String(metadata.get("x-pod")[0] ?? "nobody"));
      });
  });
}

/** The endpoint or application that pods belong to. */
const owners = (pods: readonly string[]): ReadonlySet<string> =>
  new Set(pods.map((pod) => pod.replace(/-[a-z0-9]+-[a-z0-9]{5}$/, "")));

/** Waits until so many requests are answered by exactly these; the newest endpoints may take a moment to be known. */
async function areAnswered(times: number, ask: () => Promise<string>, by: readonly string[]): Promise<void> {
  await vi.waitFor(async () => {
    expect(owners(await Promise.all(Array.from({ length: times }, ask)))).toEqual(new Set(by));
  }, patience);
}

// Of 400 requests with a share of 5 %, none for the canary would be one chance in 800 million; as of 200 with 10 %.
test("requests for their paths go to primary endpoints, and are shared with canaries", async () => {
  await areAnswered(20, () => web("/api/v1/compute/1"), ["my-app-compute"]);
  await areAnswered(20, () => web("/api/v1/transform"), ["my-app-transform"]);
  await areAnswered(400, () => web("/api/v1/lookup"), ["my-app", "my-app-lookup"]);
  await areAnswered(200, () => web("/api/v1/search"), ["my-app", "my-app-search"]);
  expect(await web("/api/v1/other")).toBe("404");
}, 300_000);

test("calls of their methods go to primary endpoints, and are shared with canaries", async () => {
  const options = { "grpc.default_authority": "grpc.example.com" };
  const caller = new GrpcClient(`127.0.0.1:${String(port)}`, credentials.createInsecure(), options);
  const of = (method: string) => () => rpc(caller, method);
  try {
    await areAnswered(20, of("AnalyticsService/ProcessAnalytics"), ["my-grpc-app-analytics-service"]);
    await areAnswered(20, of("NotificationService/SendNotification"), ["my-grpc-app-notification-service"]);
    await areAnswered(400, of("UserService/GetUser"), ["my-grpc-app", "my-grpc-app-user-service"]);
    await areAnswered(200, of("OrderService/CreateOrder"), ["my-grpc-app", "my-grpc-app-order-service"]);
    expect(await rpc(caller, "UserService/Other")).toMatch(/^12 UNIMPLEMENTED/);
  } finally {
    caller.close();
  }
}, 300_000);
