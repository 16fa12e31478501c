import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiServer, startApiServer } from "../../packages/local/src/server/index.ts";

const missing = spawnSync("kubectl", ["version", "--client"]).status !== 0;
// A run without kubectl says so in the name of what it skips.
const suite = missing ? "kubectl (skipped: kubectl is not on the PATH)" : "kubectl";

interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const manifest = (image: string, more = ""): string => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: app
          image: ${image}
          ports: [{containerPort: 80}]
${more}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`;

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.test.dev}
spec:
  group: test.dev
  scope: Namespaced
  names: {plural: boxes, kind: Box, shortNames: [bx]}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, properties: {size: {type: integer}, replicas: {type: integer}}}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
      subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
      additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
`;

describe.skipIf(missing)(suite, () => {
  let server: ApiServer;
  let folder: string;
  let config: string;
  let files = 0;

  /** Runs kubectl until it ends; `stdin` is its standard input. */
  const run = (args: readonly string[], { stdin = "", editor = "true" } = {}): Promise<Done> =>
    new Promise((resolve) => {
      const child = spawn("kubectl", ["--kubeconfig", config, "--cache-dir", join(folder, "cache"), ...args], {
        env: { ...process.env, KUBE_EDITOR: editor, KUBECONFIG: config },
      });
      let out = "";
      let err = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
      child.on("close", (code) => {
        resolve({ code, out, err });
      });
      child.stdin.end(stdin);
    });
  const k = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await run(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${err}${out}`);
    return out.trim();
  };
  const file = async (text: string): Promise<string> => {
    files += 1;
    const path = join(folder, `${files}.yaml`);
    await writeFile(path, text);
    return path;
  };
  const rows = (table: string): string[][] =>
    table.split("\n").map((line) => line.split(/\s{2,}/).map((cell) => cell.trim()));
  const status = (path: string, body: unknown): Promise<Response> =>
    fetch(`${server.url}${path}/status`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ status: body }),
    });
  const ready = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubectl-"));
    config = join(folder, "config");
    server = await startApiServer();
    await writeFile(config, server.kubeconfig());
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const inNamespace = async (name: string): Promise<(...args: string[]) => Promise<string>> => {
    await run(["create", "-f", "-"], {
      stdin: JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
    });
    return (...args) => k("-n", name, ...args);
  };

  it("api-resources, api-versions and version", async () => {
    const resources = await k("api-resources");
    expect(resources).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    expect(resources).toMatch(/^httproutes +gateway\.networking\.k8s\.io\/v1 +true +HTTPRoute$/m);
    expect(await k("api-versions")).toContain("coordination.k8s.io/v1");
    expect(await k("version")).toContain("Server Version: v1.36");
  });

  it("apply by the client: created, unchanged, configured", async () => {
    const n = await inNamespace("apply-client");
    expect(await n("apply", "-f", await file(manifest("app:1")))).toBe(
      "deployment.apps/web created\nservice/web created",
    );
    expect(await n("apply", "-f", await file(manifest("app:1")))).toBe(
      "deployment.apps/web unchanged\nservice/web unchanged",
    );
    expect(await n("apply", "-f", await file(manifest("app:2")))).toBe(
      "deployment.apps/web configured\nservice/web unchanged",
    );
    expect(await n("diff", "-f", await file(manifest("app:2")))).toBe("");
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe("app:2");
  });

  it("apply by the server: managers, conflicts, force, and taking over from the client", async () => {
    const n = await inNamespace("apply-server");
    await n("apply", "-f", await file(manifest("app:1")));
    expect(await n("apply", "--server-side", "-f", await file(manifest("app:1")))).toContain(
      "deployment.apps/web serverside-applied",
    );
    const managers = await n(
      "get",
      "deploy",
      "web",
      "--show-managed-fields",
      "-o",
      "jsonpath={.metadata.managedFields[*].manager}",
    );
    expect(managers.split(" ")).toContain("kubectl");
    const other = await file(manifest("app:9"));
    const refused = await run(["-n", "apply-server", "apply", "--server-side", "--field-manager=other", "-f", other]);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining(
        `Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.template.spec.containers[name="app"].image`,
      ),
    ]);
    await n("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", other);
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe("app:9");
  });

  it("apply refuses unknown fields of custom and of built-in kinds", async () => {
    await inNamespace("strict");
    const refused = await run([
      "-n",
      "strict",
      "apply",
      "-f",
      await file(manifest("app:1", "          imagePullPolice: Always")),
    ]);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining(
        `strict decoding error: unknown field "spec.template.spec.containers[0].imagePullPolice"`,
      ),
    ]);
    const warned = await run([
      "-n",
      "strict",
      "apply",
      "--validate=warn",
      "-f",
      await file(manifest("app:1", "          imagePullPolice: Always")),
    ]);
    expect([warned.code, warned.err]).toEqual([0, expect.stringContaining("Warning: unknown field")]);
  });

  it("get: tables, wide, yaml, json, names, labels and fields", async () => {
    const n = await inNamespace("get");
    await n("apply", "-f", await file(manifest("app:1")));
    const [head, row] = rows(await n("get", "deploy"));
    expect([head, row?.slice(0, 4)]).toEqual([
      ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
      ["web", "0/2", "0", "0"],
    ]);
    expect(rows(await n("get", "deploy", "-o", "wide"))[1]?.slice(5)).toEqual(["app", "app:1", "app=web"]);
    expect(rows(await n("get", "svc", "web", "--no-headers"))[0]?.slice(1, 5)).toEqual([
      "ClusterIP",
      expect.stringMatching(/^10\.96\./),
      "<none>",
      "80/TCP",
    ]);
    expect(await n("get", "svc", "web", "-o", "yaml")).toContain("kind: Service");
    expect(JSON.parse(await n("get", "deploy", "-o", "json"))).toMatchObject({
      kind: "List",
      items: [{ kind: "Deployment" }],
    });
    expect(await n("get", "all", "-o", "name")).toBe("service/web\ndeployment.apps/web");
    expect(await n("get", "deploy", "-l", "app=web", "-o", "name")).toBe("deployment.apps/web");
    expect(await n("get", "deploy", "-l", "app!=web", "-o", "name")).toBe("");
    expect(await n("get", "deploy", "--field-selector", "metadata.name=web", "-o", "name")).toBe("deployment.apps/web");
    expect(await k("get", "svc", "-A", "--field-selector", "metadata.namespace=get", "-o", "name")).toBe("service/web");
    expect(await k("get", "ns", "default", "--show-labels", "--no-headers")).toContain(
      "kubernetes.io/metadata.name=default",
    );
    const absent = await run(["-n", "get", "get", "deploy", "nope"]);
    expect([absent.code, absent.err.trim()]).toEqual([
      1,
      `Error from server (NotFound): deployments.apps "nope" not found`,
    ]);
  });

  it("get -w tells changes as they come", async () => {
    const n = await inNamespace("watching");
    await n("apply", "-f", await file(manifest("app:1")));
    const child = spawn("kubectl", ["--kubeconfig", config, "-n", "watching", "get", "deploy", "-w"]);
    const seen = new Promise<string>((resolve, reject) => {
      let out = "";
      let scaled = false;
      child.on("close", () => {
        reject(new Error(`kubectl ended: ${out}`));
      });
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        if (!scaled) void n("scale", "deploy", "web", "--replicas=7");
        scaled = true;
        if (out.includes("0/7")) resolve(out);
      });
    });
    expect(await seen).toMatch(/NAME .*\nweb +0\/2 .*\nweb +0\/7 /);
    child.removeAllListeners("close");
    child.kill();
  });

  it("create, and create again", async () => {
    const n = await inNamespace("creating");
    const path = await file(manifest("app:1"));
    expect(await n("create", "-f", path)).toBe("deployment.apps/web created\nservice/web created");
    const again = await run(["-n", "creating", "create", "-f", path]);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining(`deployments.apps "web" already exists`)]);
    expect(await n("create", "-f", path, "--dry-run=client", "-o", "name")).toContain("deployment.apps/web");
  });

  it("create from arguments alone, for which kubectl sends protobuf", async () => {
    expect(await k("create", "namespace", "generated")).toBe("namespace/generated created");
    const n = (...args: string[]): Promise<string> => k("-n", "generated", ...args);
    expect(await n("create", "deployment", "web", "--image=app:1", "--replicas=0", "--port=80")).toBe(
      "deployment.apps/web created",
    );
    expect(await n("create", "configmap", "settings", "--from-literal=a=b")).toBe("configmap/settings created");
    expect(await n("create", "secret", "generic", "hidden", "--from-literal=a=b")).toBe("secret/hidden created");
    expect(await n("create", "service", "clusterip", "web", "--tcp=80:8080")).toBe("service/web created");
    expect(
      await n(
        "get",
        "deploy",
        "web",
        "-o",
        "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].ports[0].containerPort}",
      ),
    ).toBe("0 80");
    expect(await n("get", "cm,secret", "-o", "jsonpath={.items[*].data.a}")).toBe("b Yg==");
    expect(await n("get", "svc", "web", "-o", "jsonpath={.spec.ports[0].targetPort}")).toBe("8080");
  });

  it("run, expose and set image", async () => {
    const n = await inNamespace("running");
    expect(await n("run", "p", "--image=app:1", "--port=80")).toBe("pod/p created");
    expect(await n("expose", "pod", "p", "--port=81", "--target-port=80")).toBe("service/p exposed");
    expect(await n("set", "image", "pod/p", "p=app:2")).toBe("pod/p image updated");
    expect(await n("get", "pod", "p", "-o", "jsonpath={.spec.containers[0].image}")).toBe("app:2");
  });

  it("delete: background, foreground, orphan, by label, all", async () => {
    const n = await inNamespace("deleting");
    const path = await file(manifest("app:1"));
    await n("apply", "-f", path);
    expect(await n("delete", "-f", path)).toContain(`deployment.apps "web" deleted`);
    for (const [cascade, finalizer] of [
      ["foreground", "foregroundDeletion"],
      ["orphan", "orphan"],
    ] as const) {
      await n("apply", "-f", path);
      await n("delete", "deploy", "web", `--cascade=${cascade}`, "--wait=false");
      expect(await n("get", "deploy", "web", "-o", "jsonpath={.metadata.finalizers[0]}")).toBe(finalizer);
      await n("patch", "deploy", "web", "--type=json", "-p", `[{"op":"remove","path":"/metadata/finalizers"}]`);
      expect(await n("get", "deploy", "-o", "name")).toBe("");
    }
    await n("apply", "-f", path);
    expect(await n("delete", "deploy", "-l", "app=web")).toContain("deleted");
    expect(await n("delete", "svc", "--all")).toContain("deleted");
    expect(await n("get", "all", "-o", "name")).toBe("");
  });

  it("patch: strategic, merge, json, and of a subresource", async () => {
    const n = await inNamespace("patching");
    await n("apply", "-f", await file(manifest("app:1")));
    const images = () => n("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[*].image}");
    await n(
      "patch",
      "deploy",
      "web",
      "-p",
      `{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}`,
    );
    expect((await images()).split(" ").toSorted()).toEqual(["app:1", "side:1"]);
    await n(
      "patch",
      "deploy",
      "web",
      "--type=merge",
      "-p",
      `{"spec":{"template":{"spec":{"containers":[{"name":"only","image":"only:1"}]}}}}`,
    );
    expect(await images()).toBe("only:1");
    await n(
      "patch",
      "deploy",
      "web",
      "--type=json",
      "-p",
      `[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"json:1"}]`,
    );
    expect(await images()).toBe("json:1");
    await n("patch", "deploy", "web", "--subresource=status", "--type=merge", "-p", `{"status":{"replicas":3}}`);
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.status.replicas}")).toBe("3");
  });

  it("edit", async () => {
    const n = await inNamespace("editing");
    await n("apply", "-f", await file(manifest("app:1")));
    const edited = await run(["-n", "editing", "edit", "deploy", "web"], { editor: "sed -i s/app:1/app:2/" });
    expect([edited.code, edited.out.trim()]).toEqual([0, "deployment.apps/web edited"]);
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe("app:2");
  });

  it("scale, with and without a precondition", async () => {
    const n = await inNamespace("scaling");
    await n("apply", "-f", await file(manifest("app:1")));
    expect(await n("scale", "deploy", "web", "--replicas=3")).toBe("deployment.apps/web scaled");
    expect(await n("scale", "deploy", "web", "--current-replicas=3", "--replicas=4")).toBe(
      "deployment.apps/web scaled",
    );
    expect((await run(["-n", "scaling", "scale", "deploy", "web", "--current-replicas=9", "--replicas=1"])).code).toBe(
      1,
    );
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}")).toBe("4");
  });

  it("rollout status and wait see the status change", async () => {
    const n = await inNamespace("rollout");
    await n("apply", "-f", await file(manifest("app:1")));
    const path = "/apis/apps/v1/namespaces/rollout/deployments/web";
    const waiting = n("wait", "deploy", "web", "--for=condition=Available", "--timeout=20s");
    const rolling = n("rollout", "status", "deploy", "web", "--timeout=20s");
    await status(path, { ...ready, conditions: [{ type: "Available", status: "True" }] });
    expect(await rolling).toContain(`deployment "web" successfully rolled out`);
    expect(await waiting).toBe("deployment.apps/web condition met");
    const gone = n("wait", "deploy", "web", "--for=delete", "--timeout=20s");
    await n("delete", "deploy", "web");
    expect(await gone).toMatch(/condition met|^$/);
  });

  it("rollout restart", async () => {
    const n = await inNamespace("restarting");
    await n("apply", "-f", await file(manifest("app:1")));
    expect(await n("rollout", "restart", "deploy", "web")).toBe("deployment.apps/web restarted");
    expect(await n("get", "deploy", "web", "-o", "jsonpath={.metadata.generation}")).toBe("2");
  });

  it("logs come from the pod's node", async () => {
    const n = await inNamespace("logging");
    const asked: string[] = [];
    const kubelet = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end("hello\nworld\n");
    });
    await new Promise<void>((resolve) => kubelet.listen(0, "127.0.0.1", resolve));
    const { port } = kubelet.address() as AddressInfo;
    await run(["create", "-f", "-"], {
      stdin: JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name: "n1" } }),
    });
    await status("/api/v1/nodes/n1", {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    });
    await n("run", "p", "--image=app:1", `--overrides={"spec":{"nodeName":"n1"}}`);
    expect(await n("logs", "p", "--tail=5")).toBe("hello\nworld");
    expect(await n("logs", "-f", "p")).toBe("hello\nworld");
    expect(asked[0]).toMatch(/^\/containerLogs\/logging\/p\/p\?.*tailLines=5/);
    kubelet.closeAllConnections();
    await new Promise((resolve) => kubelet.close(resolve));
  });

  it("annotate and label", async () => {
    const n = await inNamespace("marking");
    await n("apply", "-f", await file(manifest("app:1")));
    expect(await n("annotate", "deploy", "web", "note=x")).toBe("deployment.apps/web annotated");
    expect(await n("label", "deploy", "web", "tier=a")).toBe("deployment.apps/web labeled");
    expect((await run(["-n", "marking", "label", "deploy", "web", "tier=b"])).code).toBe(1);
    expect(await n("label", "deploy", "web", "tier=b", "--overwrite")).toBe("deployment.apps/web labeled");
    expect(await n("label", "deploy", "web", "tier-")).toBe("deployment.apps/web unlabeled");
    const shown = JSON.parse(await n("get", "deploy", "web", "-o", "json")) as {
      metadata: { labels: unknown; annotations: unknown };
    };
    expect([shown.metadata.labels, shown.metadata.annotations]).toEqual([
      { app: "web" },
      expect.objectContaining({ note: "x" }),
    ]);
  });

  it("custom resources: wait for the definition, apply, get, scale, delete", async () => {
    const n = await inNamespace("custom");
    await k("apply", "-f", await file(crd));
    await k("wait", "crd/boxes.test.dev", "--for=condition=Established", "--timeout=20s");
    const path = await file("apiVersion: test.dev/v1\nkind: Box\nmetadata: {name: a}\nspec: {size: 3}\n");
    expect(await n("apply", "-f", path)).toBe("box.test.dev/a created");
    expect(await n("apply", "-f", path)).toBe("box.test.dev/a unchanged");
    expect(rows(await n("get", "bx"))).toEqual([
      ["NAME", "SIZE"],
      ["a", "3"],
    ]);
    expect(await n("scale", "box", "a", "--replicas=2")).toBe("box.test.dev/a scaled");
    const refused = await run([
      "-n",
      "custom",
      "apply",
      "-f",
      await file("apiVersion: test.dev/v1\nkind: Box\nmetadata: {name: b}\nspec: {size: x}\n"),
    ]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("spec.size: Invalid value")]);
    expect(await k("delete", "crd", "boxes.test.dev")).toContain("deleted");
  });

  it("describe and events", async () => {
    const n = await inNamespace("events");
    await n("apply", "-f", await file(manifest("app:1")));
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e1", namespace: "events" },
      type: "Warning",
      reason: "Because",
      message: "it was so",
      count: 1,
      involvedObject: { apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "events" },
      lastTimestamp: new Date().toISOString(),
      firstTimestamp: new Date().toISOString(),
    };
    await run(["create", "-f", "-"], { stdin: JSON.stringify(event) });
    expect(rows(await n("get", "events", "--no-headers"))[0]?.slice(1)).toEqual([
      "Warning",
      "Because",
      "deployment/web",
      "it was so",
    ]);
    expect(await n("describe", "deploy", "web")).toMatch(/Replicas: +2 desired/);
  });

  it("what is not supported says so", async () => {
    const n = await inNamespace("refusing");
    await n("run", "p", "--image=app:1", `--overrides={"spec":{"nodeName":"n1"}}`);
    const exec = await run(["-n", "refusing", "exec", "p", "--", "true"]);
    expect([exec.code, exec.err]).toEqual([1, expect.stringContaining("no exec, attach or port-forward")]);
    const unknown = await run(["-n", "refusing", "get", "statefulsets"]);
    expect([unknown.code, unknown.err.trim()]).toEqual([
      1,
      `error: the server doesn't have a resource type "statefulsets"`,
    ]);
  });
});
