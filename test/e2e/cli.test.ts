import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { runHeadgate, startHeadgate } from "./headgate-process.ts";

// What a person sees of the command: what it prints where, and how it exits.
describe("headgate", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "headgate-cli-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const pod = (name: string, annotations: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: { envoy-router/enabled: "true" }
  annotations:
    ${annotations}
spec: { containers: [{ name: c, image: x }] }
`;

  test("render prints what would be made, names what was refused with its place, and exits with 1", async () => {
    const path = await file(
      "pods.yaml",
      `${pod("good", "envoy-router/path: /good")}---\n${pod("bad", "envoy-router/port: 99999x")}`,
    );
    const { code, out, err } = await runHeadgate(["render", "-f", path]);
    expect(code).toBe(1);
    expect(out.match(/^kind: .*/gm)).toEqual(["kind: Service", "kind: EndpointSlice", "kind: HTTPRoute"]);
    expect(err).toContain(
      `${path}:16: Pod default/bad refused, InvalidAnnotation: annotation envoy-router/port is "99999x"`,
    );
  });

  test("render takes standard input, and what it prints is the same each time", async () => {
    const runs = [1, 2].map(() => runHeadgate(["render", "-f", "-", "-o", "json"], pod("good", "shop: open")));
    const [first, second] = await Promise.all(runs);
    expect(first?.code).toBe(0);
    expect(first?.out).toBe(second?.out);
    expect((JSON.parse(first?.out ?? "") as { items: unknown[] }).items).toHaveLength(3);
  });

  test.each([
    ["not YAML", "a: [1, 2\nb: 3\n", /:\d+: /],
    ["no kind", "apiVersion: v1\nmetadata: { name: a }\n", /:1: kind is missing/],
    ["a name that is no text", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: 7\n", /:4: metadata.name /],
  ])(
    "render of a manifest with %s gives file, line and field, and nothing on standard output",
    async (name, text, place) => {
      const path = await file(`${name.replaceAll(" ", "-")}.yaml`, text);
      const { code, out, err } = await runHeadgate(["render", "-f", path]);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain(path);
      expect(err).toMatch(place);
      expect(err).not.toContain("    at ");
    },
  );

  test("explain and status work on files", async () => {
    const path = await file("one.yaml", pod("good", "envoy-router/path: /good"));
    const [explained, status] = await Promise.all([
      runHeadgate(["explain", "HTTPRoute/default/good", "-f", path]),
      runHeadgate(["status", "-f", path]),
    ]);
    expect(explained).toMatchObject({ code: 0, err: "" });
    expect(explained.out).toContain("HTTPRoute default/good is wanted by pod-routes on behalf of Pod default/good\n");
    expect(explained.out).toMatch(/ pods default\/good\n$/);
    expect(status.code).toBe(0);
    expect(status.out).toMatch(/default\/good +\/good +ready/);
  });

  test("a dry run of a pipeline, its check, and why an object is wanted, each with its exit code", async () => {
    const operator = (project: string): string => `apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata: { name: op }
spec:
  controllers:
    - name: c
      sources: [{ apiGroup: "", kind: Service }]
      pipeline: { "@project": ${project} }
      target: { apiGroup: "", kind: ConfigMap }
`;
    const sound = operator('{ metadata: $.metadata, data: { at: { "@concat": [$.spec.at] } } }');
    const service = (name: string, at: string): string =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: default }\nspec: { at: ${at} }\n`;
    const path = await file("operator.yaml", sound);
    const both = await file("both.yaml", `${sound}---\n${service("s", "x")}`);
    const wrong = await file("wrong.yaml", operator("{ metadata: $.metadata, data: 5 }"));
    const input = `${service("s", "x")}---\n${service("t", "{}")}`;
    const run = await runHeadgate(["pipeline", "run", "-f", path, "--input", "-", "-o", "json"], input);
    expect(run.code).toBe(2);
    expect(JSON.parse(run.out)).toMatchObject({ type: "Added", object: { kind: "ConfigMap", data: { at: "x" } } });
    expect(run.err).toContain("Service default/t (standard input:8) is left out by op/c: ");
    const check = await runHeadgate(["pipeline", "check", "-f", wrong]);
    expect(check.code).toBe(1);
    expect(check.out).toContain(
      "wrong.yaml:8:55: spec.controllers[0].pipeline.@project.data: core/*/ConfigMap: data is 5",
    );
    const explained = await runHeadgate(["explain", "ConfigMap/default/s", "-f", both]);
    expect(explained.out).toBe("ConfigMap default/s is wanted by op/c\n  because of\n    Service default/s\n");
  }, 300_000);

  test.each([
    [["operator", "--pod-port=70000"], "error: --pod-port is 70000; it must be a whole number from 1 to 65535"],
    [["operator", "--pod-port=x", "--instance="], 'error: --pod-port is "x"; it must be'],
    [["operator", "--metrics-bind-address=8080"], 'error: --metrics-bind-address: "8080" is not an address'],
    [["operator", "--kubeconfig=/nowhere"], "error: kubeconfig /nowhere: ENOENT"],
    [["proxy", "--port-offset=-1"], 'error: --port-offset is "-1"; it must be a whole number from 0 to 64511'],
    [["local", "--port", "1e3"], 'error: --port is "1e3"; it must be a whole number from 0 to 65535'],
    [["local", "--demo", "nothing"], "Allowed choices are pod-routes"],
    [["local", "--control-plane", "nothing"], "Allowed choices are embedded, kubernetes"],
    [["local", "--control-plane=kubernetes", "--addressing=direct"], "error: --addressing is for the embedded cluster"],
    [["local", "--gateway", "contour"], "error: --gateway contour needs a real API server: add --control-plane"],
    [["render"], "error: render needs -f"],
    [["explain", "x"], 'error: "x" names no object; write KIND/NAMESPACE/NAME'],
    [["explain"], "missing required argument 'object'"],
    [["pipeline", "run"], "required option '-f, --filename <path>' not specified"],
    [["bogus"], "unknown command 'bogus'"],
    [["render", "--bogus"], "unknown option '--bogus'"],
  ])("%j says what is wrong, without a stack, and exits with 1", async (args, message) => {
    const { code, out, err } = await runHeadgate(args);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain(message);
    expect(err).not.toContain("    at ");
  });

  test("a machine that can't have a real control plane is told what is missing, and nothing is left behind", async () => {
    const args = ["local", "--control-plane=kubernetes", "--kubeconfig", join(folder, "none"), "--log-file"];
    const bare = { PATH: folder, TMPDIR: folder };
    const before = await readdir(folder);
    const headgate = startHeadgate([...args, join(folder, "log")], folder, bare);
    expect(await headgate.silent).toBe(1);
    expect(headgate.errors()).toMatch(/^error: --control-plane kubernetes: .*(needs Linux|apt-get install util-linux)/);
    expect(headgate.errors()).not.toContain("    at ");
    expect((await readdir(folder)).filter((name) => name !== "log")).toEqual(before);
  });

  test("a port that is taken is said in one line", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const cluster = { server: "http://127.0.0.1:1" };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      clusters: [{ name: "c", cluster }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user: {} }],
    };
    const kubeconfig = await file("kubeconfig", JSON.stringify(config));
    const args = [
      "operator",
      `--kubeconfig=${kubeconfig}`,
      `--metrics-bind-address=127.0.0.1:${port}`,
      "--health-probe-bind-address=0",
    ];
    const { code, err } = await runHeadgate([...args, "--log-level=error"]);
    taken.close();
    expect(code).toBe(1);
    expect(err).toBe(`headgate: runner metrics: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`);
  });
});
