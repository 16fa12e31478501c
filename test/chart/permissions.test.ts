import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { defaultPodRouteSettings, resourceTypes } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client, Runner } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import { operator } from "@headgate/operator";
import { proxy } from "@headgate/proxy";
import { expect, onTestFinished, test, vi } from "vitest";
import { chartSuite, render } from "./chart.ts";
import type { Manifest } from "./chart.ts";
import { eventfulLife } from "./eventful-life.ts";

interface Asked {
  /** As a rule would permit it: `verb group/resource`. */
  readonly permission: string;
  readonly namespace: string | undefined;
}

/** What RBAC calls a request. Anything that is not about a resource stands as its path. */
function permissionOf(method: string, url: string): Asked {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const path =
    /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+\/(?:namespaces\/(?<namespace>[^/]+)\/)?(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[^/]+))?$/.exec(
      pathname,
    )?.groups;
  if (path === undefined) return { permission: `${method} ${pathname}`, namespace: undefined };
  const { group = "", namespace, resource = "", name, sub } = path;
  const reading = name !== undefined ? "get" : searchParams.get("watch") === "true" ? "watch" : "list";
  const verbs: Readonly<Record<string, string>> = { GET: reading, POST: "create", PUT: "update", PATCH: "patch" };
  const verb = verbs[method] ?? (name === undefined ? "deletecollection" : "delete");
  return { permission: `${verb} ${group}/${resource}${sub === undefined ? "" : `/${sub}`}`, namespace };
}

/** What the rules of these roles permit. */
function permitted(roles: readonly Manifest[]): readonly string[] {
  const all = roles.flatMap(({ rules = [] }) =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
  return [...new Set(all)].toSorted();
}

interface Cluster {
  /** Ours, of which nothing is noted. */
  readonly client: Client;
  /** Through which every request is noted. */
  readonly watched: Client;
  readonly asked: readonly Asked[];
  readonly start: (runner: Runner) => void;
}

async function cluster(): Promise<Cluster> {
  const server = await startApiServer({});
  const asked: Asked[] = [];
  const between = createServer((incoming, answer) => {
    const { method = "GET", url = "/", headers } = incoming;
    asked.push(permissionOf(method, url));
    const { host } = new URL(server.url);
    const onward = forward(server.url + url, { method, headers: { ...headers, host } }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const client = connect({ server: server.url });
  const watched = connect({ server: `http://127.0.0.1:${String((between.address() as AddressInfo).port)}` });
  const stop = new AbortController();
  const ends: Promise<void>[] = [];
  onTestFinished(async () => {
    stop.abort();
    await Promise.all(ends);
    await Promise.all([client.close(), watched.close()]);
    between.closeAllConnections();
    await new Promise((resolve) => between.close(resolve));
    await server.close();
  });
  return { client, watched, asked, start: (runner) => void ends.push(runner.run(stop.signal)) };
}

const used = (asked: readonly Asked[]): readonly string[] =>
  [...new Set(asked.map(({ permission }) => permission))].toSorted();

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
chartSuite("the chart grants what the programs ask for, and nothing else", () => {
  test("the operator, in all namespaces", async () => {
    const stage = await cluster();
    const election = { namespace: "test-ns", name: "rel-headgate-operator" };
    await stage.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "test-ns" } });
    stage.start(operator({ client: stage.watched, settings: defaultPodRouteSettings, log: silent, election }));
    await eventfulLife(stage.client, "default");
    await vi.waitFor(() => {
      expect(used(stage.asked)).toContain("update coordination.k8s.io/leases");
    }, 60_000);
    // What policies take, the audit log of a real API server tells: it needs controllers.
    const roles = render().filter(({ kind }) => kind.endsWith("Role"));
    expect(used(stage.asked)).toEqual(permitted(roles));
  });

  test("the operator, in one namespace: nothing is asked of any other", async () => {
    const stage = await cluster();
    const settings = { ...defaultPodRouteSettings, watchNamespace: "default" };
    const election = { namespace: "test-ns", name: "rel-headgate-operator" };
    await stage.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "test-ns" } });
    stage.start(operator({ client: stage.watched, settings, log: silent, election }));
    await eventfulLife(stage.client, "default");
    const where = stage.asked.map(({ permission, namespace }) => [permission.endsWith("/leases"), namespace]);
    expect(new Set(where.map((pair) => JSON.stringify(pair)))).toEqual(
      new Set(['[true,"test-ns"]', '[false,"default"]']),
    );
  });

  test("the proxy", async () => {
    const stage = await cluster();
    const objects = render({ namespace: "default", values: { proxy: { enabled: true } } });
    for (const { apiVersion, kind, metadata, spec } of objects) {
      if (!apiVersion.startsWith("gateway.")) continue;
      const { labels, ...named } = metadata;
      await stage.client.create({
        apiVersion,
        kind,
        metadata: { ...named, labels: { ...labels } },
        ...(spec && { spec }),
      });
    }
    for (const { apiVersion, kind } of [resourceTypes.HTTPRoute, resourceTypes.GRPCRoute]) {
      await stage.client.create({
        apiVersion,
        kind,
        metadata: { name: "a", namespace: "default" },
        spec: { parentRefs: [{ name: "envoy-router" }], rules: [{ backendRefs: [{ name: "a", port: 80 }] }] },
      });
    }
    stage.start(proxy(stage.watched, { bindAddress: "127.0.0.1", portOf: () => 0, drainTimeoutMs: 100 }));
    const roles = objects.filter(({ kind, metadata }) => kind === "ClusterRole" && metadata.name.endsWith("proxy"));
    expect(roles).toHaveLength(1);
    await vi.waitFor(() => {
      expect(used(stage.asked)).toEqual(permitted(roles));
    }, 60_000);
  });
});
