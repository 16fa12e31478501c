import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startApiServer } from "@headgate/local";
import { expect, it } from "vitest";
import { kubectlSuite } from "./kubectl-suite.ts";
import type { Kubectl } from "./kubectl-verbs.ts";

kubectlSuite({
  name: "kubectl",
  open: async () => {
    const server = await startApiServer();
    return { kubeconfig: server.kubeconfig(), close: () => server.close() };
  },
  more: ownTests,
});

function ownTests({ run, k, inNamespace, status }: Kubectl): void {
  it("api-resources list the kinds of Gateway API", async () => {
    expect(await k("api-resources")).toMatch(/^httproutes +gateway\.networking\.k8s\.io\/v1 +true +HTTPRoute$/m);
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
    await status(["node", "n1"], {
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
}
