import { spawn } from "node:child_process";
import { expect, it } from "vitest";

/** What a kubectl that ran to its end has said. */
export interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs kubectl with the rig's kubeconfig. */
export interface Kubectl {
  readonly run: (
    args: readonly string[],
    options?: { readonly stdin?: string; readonly editor?: string },
  ) => Promise<Done>;
  /** What it printed. Rejects when it fails. */
  readonly k: (...args: string[]) => Promise<string>;
  /** The same in a namespace that is made for it. */
  readonly inNamespace: (name: string) => Promise<(...args: string[]) => Promise<string>>;
  /** The path of the kubeconfig. */
  readonly config: () => string;
  /** Writes a text to a file of its own, and returns the path. */
  readonly file: (text: string) => Promise<string>;
  /** Writes a status through its subresource, as a controller does. */
  readonly status: (path: readonly string[], body: unknown) => Promise<string>;
}

export const manifest = (image: string, more = ""): string => `
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

export const crd = `
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

/** The cells of what kubectl prints as a table. */
export const rows = (table: string): string[][] =>
  table.split("\n").map((line) => line.split(/\s{2,}/).map((cell) => cell.trim()));

/** Verbs that make, show and take away. */
export function mainVerbs({ run, k, file, inNamespace, config }: Kubectl): void {
  it("api-resources, api-versions and version", async () => {
    const resources = await k("api-resources");
    expect(resources).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
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
        `Apply failed with 1 conflict: conflict with "kubectl": .spec.template.spec.containers[name="app"].image`,
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
    const child = spawn("kubectl", ["--kubeconfig", config(), "-n", "watching", "get", "deploy", "-w"]);
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
        // A row may come in pieces.
        if (out.includes("0/7 ")) resolve(out);
      });
    });
    expect(await seen).toMatch(/NAME .*\n(web +0\/2 .*\n)+web +0\/7 /);
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
}
