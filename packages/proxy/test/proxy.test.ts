import type { KubeObject } from "@headgate/api";
import { resourceTypes } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";
import type { ApiServer } from "@headgate/local";
import { proxy } from "@headgate/proxy";
import type { ProxyRunner } from "@headgate/proxy";
import { socketKey } from "@headgate/views/route-table";
import { expect, onTestFinished, test } from "vitest";
import { startBackend } from "../../../test/conformance/proxy/backend.ts";
import { call } from "../../../test/conformance/proxy/client.ts";
import { gateway, gatewayClass, grpcRoute, httpRoute, service } from "../../../test/conformance/proxy/objects.ts";
import { until } from "./stage.ts";

interface Cluster {
  readonly server: ApiServer;
  readonly client: Client;
  readonly create: (objects: readonly KubeObject[]) => Promise<void>;
}

async function cluster(): Promise<Cluster> {
  const server = await startApiServer({});
  const client = connect({ server: server.url });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  return {
    server,
    client,
    create: async (objects) => {
      for (const object of objects) await client.create(withoutTimes(object));
    },
  };
}

/** The API server says when an object was created. */
function withoutTimes(object: KubeObject): KubeObject {
  const { name, namespace: inside, labels } = object.metadata;
  return { ...object, metadata: { name, ...(inside && { namespace: inside }), ...(labels && { labels }) } };
}

interface Running {
  readonly runner: ProxyRunner;
  readonly stop: () => Promise<void>;
  readonly at: () => { host: string; port: number };
}

function running(client: Client): Running {
  const runner = proxy(client, { bindAddress: "127.0.0.1", portOf: () => 0, drainTimeoutMs: 200 });
  const stop = new AbortController();
  const done = runner.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await done;
  };
  onTestFinished(end);
  return {
    runner,
    stop: end,
    at: () => {
      const found = runner.where(socketKey(undefined, 80));
      if (found === undefined) throw new Error("nothing listens on port 80");
      return { host: found.address, port: found.port };
    },
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

async function conditions(
  client: Client,
  kind: "Gateway" | "HTTPRoute" | "GRPCRoute" | "GatewayClass",
  name: string,
): Promise<Record<string, string>> {
  const ref = {
    apiVersion: resourceTypes[kind].apiVersion,
    kind,
    name,
    ...(kind === "GatewayClass" ? {} : { namespace: "a" }),
  };
  const status = (await client.get(ref)).status as
    { conditions?: Condition[]; parents?: { conditions: Condition[] }[] } | undefined;
  const found = status?.conditions ?? status?.parents?.[0]?.conditions ?? [];
  for (const { lastTransitionTime } of found) expect(Number.isNaN(Date.parse(lastTransitionTime))).toBe(false);
  return Object.fromEntries(found.map(({ type, status: value }) => [type, value]));
}

async function eventually<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  await expect.poll(read, { timeout: 60_000, interval: 20 }).toEqual(wanted);
}

const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
const rules = (name: string) => [
  { matches: [{ path: { type: "PathPrefix", value: `/${name}` } }], backendRefs: [{ name, port: 80 }] },
];

test("a proxy serves what the API server holds, writes its status, and follows every change", async () => {
  const { client, create } = await cluster();
  const [red, green] = [await startBackend("red"), await startBackend("green")];
  onTestFinished(async () => {
    await Promise.all([red.close(), green.close()]);
  });
  await create([
    namespace,
    gatewayClass,
    gateway(),
    httpRoute({ name: "red", rules: rules("red") }),
    ...service("red", [{ port: red.port }]),
  ]);
  const { runner, at } = running(client);
  await runner.ready;
  expect((await call(at(), { path: "/red" })).headers["x-backend"]).toBe("red");
  expect((await call(at(), { path: "/green" })).status).toBe(404);
  await eventually(() => conditions(client, "GatewayClass", "headgate"), { Accepted: "True" });
  await eventually(() => conditions(client, "Gateway", "gw"), { Accepted: "True", Programmed: "True" });
  await eventually(() => conditions(client, "HTTPRoute", "red"), { Accepted: "True", ResolvedRefs: "True" });

  await create([httpRoute({ name: "green", rules: rules("green") })]);
  await eventually(() => conditions(client, "HTTPRoute", "green"), { Accepted: "True", ResolvedRefs: "False" });
  await create(service("green", [{ port: green.port }]));
  await eventually(() => conditions(client, "HTTPRoute", "green"), { Accepted: "True", ResolvedRefs: "True" });
  await eventually(async () => (await call(at(), { path: "/green" })).headers["x-backend"], "green");

  const { apiVersion, kind } = httpRoute({ rules: [] });
  await client.delete({ apiVersion, kind, namespace: "a", name: "red" });
  await eventually(async () => (await call(at(), { path: "/red" })).status, 404);
});

test("statuses settle: once everything says what it should, nothing is written", async () => {
  const { client, create } = await cluster();
  await create([namespace, gatewayClass, gateway(), httpRoute({ name: "red", rules: rules("red") })]);
  const { runner } = running(client);
  await runner.ready;
  await eventually(() => conditions(client, "Gateway", "gw"), { Accepted: "True", Programmed: "True" });
  await eventually(() => conditions(client, "HTTPRoute", "red"), { Accepted: "True", ResolvedRefs: "False" });
  const versions = async (): Promise<unknown[]> =>
    await Promise.all(
      [gatewayClass, httpRoute({ name: "red", rules: [] })].map(
        async ({ apiVersion, kind, metadata: { name, namespace: inside } }) => {
          const found = await client.get({ apiVersion, kind, name, ...(inside && { namespace: inside }) });
          return found.metadata.resourceVersion;
        },
      ),
    );
  const before = await versions();
  // Something else happens, and is seen.
  await create(service("other", []));
  await create([httpRoute({ name: "later", rules: rules("later") })]);
  await eventually(() => conditions(client, "HTTPRoute", "later"), { Accepted: "True", ResolvedRefs: "False" });
  expect(await versions()).toEqual(before);
});

test("traffic flows while the API server is away, and changes arrive when it is back", async () => {
  const storage = createStorage();
  const backend = await startBackend("red");
  onTestFinished(() => backend.close());
  let server = await startApiServer({ storage });
  const client = connect({ server: server.url });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  for (const object of [
    namespace,
    gatewayClass,
    gateway(),
    httpRoute({ name: "red", rules: rules("red") }),
    ...service("red", [{ port: backend.port }]),
  ])
    await client.create(withoutTimes(object));
  const { runner, at } = running(client);
  await runner.ready;
  await server.close();
  for (let i = 0; i < 3; i++) expect((await call(at(), { path: "/red" })).status).toBe(200);
  server = await startApiServer({ storage, port: server.port });
  await client.create(
    withoutTimes(
      httpRoute({
        name: "more",
        rules: [
          { matches: [{ path: { type: "PathPrefix", value: "/more" } }], backendRefs: [{ name: "red", port: 80 }] },
        ],
      }),
    ),
  );
  await eventually(async () => (await call(at(), { path: "/more" })).status, 200);
});

test("stopping ends what is in progress and leaves nothing listening", async () => {
  const { client, create } = await cluster();
  await create([namespace, gatewayClass, gateway()]);
  const { runner, at, stop } = running(client);
  await runner.ready;
  const address = at();
  expect((await call(address)).status).toBe(404);
  await stop();
  await expect(call(address)).rejects.toThrow(/ECONNREFUSED/);
  await until(() => runner.stats()?.sockets.length === 0);
});

test("a cluster without GRPCRoutes is served all the same, and once it has them they are too", async () => {
  const { client, create } = await cluster();
  const red = await startBackend("red");
  onTestFinished(() => red.close());
  const definition = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
  const name = "grpcroutes.gateway.networking.k8s.io";
  const { spec } = await client.get({ ...definition, name });
  await client.delete({ ...definition, name });
  await eventually(
    () => client.list(resourceTypes.GRPCRoute).then(String, String),
    expect.stringContaining("not find"),
  );
  await create([namespace, gatewayClass, gateway(), ...service("red", [{ port: red.port }])]);
  await create([httpRoute({ rules: rules("red") })]);
  const { runner, at } = running(client);
  await runner.ready;
  expect((await call(at(), { path: "/red" })).status).toBe(200);
  await create([{ ...definition, metadata: { name }, spec }]);
  await eventually(() => client.list(resourceTypes.GRPCRoute).then(({ items }) => items.length, String), 0);
  await create([grpcRoute({ rules: [{ backendRefs: [{ name: "red", port: 80 }] }] })]);
  // Between two looks the proxy waits for longer and longer.
  const said = expect.poll(() => conditions(client, "GRPCRoute", "grpc-route"), { timeout: 60_000, interval: 20 });
  await said.toEqual({ Accepted: "True", ResolvedRefs: "True" });
});
