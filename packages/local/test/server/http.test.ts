import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { startApiServer } from "../../src/server/index.ts";
import { at, listAt, objectsAt } from "../../src/server/json/json.ts";
import { configMap, core, deployment, apps, pod, startCluster, text, type TestCluster } from "./cluster.ts";

/** A request with headers that fetch doesn't let a caller set. */
const raw = (cluster: TestCluster, headers: Record<string, string>, path = "/api"): Promise<number> =>
  new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port: cluster.port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });

describe("the door", () => {
  it.each([
    [{ host: "127.0.0.1:80" }, 200],
    [{ host: "localhost" }, 200],
    [{ host: "[::1]:80" }, 200],
    [{ host: "example.com" }, 403],
    [{ host: "127.0.0.1.example.com" }, 403],
    [{ host: "localhost", origin: "http://localhost" }, 403],
    [{ host: "localhost", origin: "null" }, 403],
  ])("answers only programs on this machine: %j", async (headers, code) => {
    expect(await raw(await startCluster(), headers as Record<string, string>)).toBe(code);
  });

  it("doesn't listen beyond loopback", async () => {
    await expect(startApiServer({ host: "0.0.0.0" })).rejects.toThrow("loopback");
  });

  it("limits bodies", async () => {
    const cluster = await startCluster({ bodyLimit: 1000 });
    const answer = await cluster.call("POST", `${core}/configmaps`, { body: configMap("a", { x: "y".repeat(2000) }) });
    expect([answer.code, answer.body["reason"]]).toEqual([413, "RequestEntityTooLarge"]);
  });

  it("refuses formats and paths that it doesn't know", async () => {
    const cluster = await startCluster();
    const codes = await Promise.all([
      cluster.call("POST", `${core}/configmaps`, { body: "x", type: "application/vnd.kubernetes.protobuf" }),
      cluster.call("POST", `${core}/configmaps`, { body: "x", type: "text/plain" }),
      cluster.call("POST", `${core}/configmaps`, { body: "{" }),
      cluster.call("POST", `${core}/configmaps`, {
        body: { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } },
      }),
      cluster.call("GET", `${core}/configmaps`, { accept: "application/vnd.kubernetes.protobuf" }),
      cluster.call("GET", `${core}/configmaps`, { accept: "application/vnd.kubernetes.protobuf,application/json" }),
      cluster.call("GET", "/apis/apps/v1/namespaces/default/statefulsets"),
      cluster.call("GET", `${core}/pods/a/portforward`),
      cluster.call("POST", "/api/v1/configmaps", { body: configMap("a") }),
      cluster.call("GET", "/openapi/v2"),
    ]);
    expect(codes.map(({ code }) => code)).toEqual([415, 415, 400, 400, 406, 200, 404, 501, 405, 501]);
  });
});

describe("discovery", () => {
  it("lists the kinds, those of definitions too, in the plain form also when a client would take the aggregated one", async () => {
    const cluster = await startCluster();
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const groups = await cluster.call("GET", "/apis", { accept });
    expect([groups.headers.get("content-type"), groups.body["kind"]]).toEqual(["application/json", "APIGroupList"]);
    const gateway = objectsAt(groups.body, "groups").find(({ name }) => name === "gateway.networking.k8s.io");
    expect(objectsAt(gateway, "versions").map(({ version }) => version)).toEqual(["v1", "v1beta1"]);
    const plain = await cluster.get("/apis/apps/v1");
    expect(objectsAt(plain, "resources").map(({ name }) => name)).toEqual([
      "deployments",
      "deployments/scale",
      "deployments/status",
      "replicasets",
      "replicasets/scale",
      "replicasets/status",
    ]);
    expect((await cluster.get("/api"))["versions"]).toEqual(["v1"]);
    expect(objectsAt(await cluster.get("/apis"), "groups").map(({ name }) => name)).toContain("apps");
  });

  it("publishes the parameters of writes as OpenAPI v3", async () => {
    const cluster = await startCluster();
    const url = text(await cluster.get("/openapi/v3"), "paths", "apis/apps/v1", "serverRelativeURL");
    const patch = at(
      await cluster.get(url),
      "paths",
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
      "patch",
    );
    expect(objectsAt(patch, "parameters").map(({ name }) => name)).toEqual([
      "dryRun",
      "fieldManager",
      "fieldValidation",
    ]);
  });
});

describe("views of objects", () => {
  const table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

  it("tables have the columns that kubectl prints", async () => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, pod("a", { nodeName: "n" }));
    await cluster.patch(`${core}/pods/a/status`, {
      status: {
        phase: "Running",
        podIP: "127.0.0.9",
        containerStatuses: [{ name: "app", ready: true, restartCount: 2, state: { running: {} } }],
      },
    });
    const { body } = await cluster.call("GET", `${core}/pods`, { accept: table });
    const columns = objectsAt(body, "columnDefinitions").map(
      (column) => `${text(column, "name")}/${text(column, "priority")}`,
    );
    expect(columns).toEqual(["Name/0", "Ready/0", "Status/0", "Restarts/0", "Age/0", "IP/1", "Node/1"]);
    const [row] = objectsAt(body, "rows");
    expect(listAt(row, "cells")).toEqual([
      "a",
      "1/1",
      "Running",
      "2",
      expect.stringMatching(/^\d+s$/),
      "127.0.0.9",
      "n",
    ]);
    expect(at(row, "object", "kind")).toBe("PartialObjectMetadata");
  });

  it.each([
    [{ state: { waiting: { reason: "CrashLoopBackOff" } } }, "CrashLoopBackOff"],
    [{ state: { terminated: { exitCode: 3 } } }, "ExitCode:3"],
    [{ state: { terminated: { reason: "Completed", exitCode: 0 } } }, "Completed"],
  ])("a pod's status is its most telling reason: %j", async (status, shown) => {
    const cluster = await startCluster();
    await cluster.create(`${core}/pods`, pod("a"));
    await cluster.patch(`${core}/pods/a/status`, { status: { containerStatuses: [{ name: "app", ...status }] } });
    const { body } = await cluster.call("GET", `${core}/pods/a`, { accept: table });
    expect(listAt(objectsAt(body, "rows")[0], "cells")[2]).toBe(shown);
  });

  it("come whole or as tables, not as metadata alone", async () => {
    const cluster = await startCluster();
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    expect((await cluster.call("GET", `${core}/configmaps`, { accept })).code).toBe(406);
    const either = await cluster.call("GET", `${core}/configmaps`, { accept: `${accept},application/json` });
    expect(either.body["kind"]).toBe("ConfigMapList");
  });

  it("a scale shows the selector as text", async () => {
    const cluster = await startCluster();
    await cluster.create(`${apps}/deployments`, deployment("a"));
    expect((await cluster.get(`${apps}/deployments/a/scale`))["status"]).toEqual({ replicas: 0, selector: "app=a" });
  });
});
