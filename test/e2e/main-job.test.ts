import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { resourceTypes } from "@headgate/api";
import { accessFromKubeconfig, connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";

import { aFreePort } from "./free-port.ts";
import { startHeadgate } from "./headgate-process.ts";
import type { HeadgateProcess } from "./headgate-process.ts";

// What `npm start` runs, and what a newcomer does with it by the README.
describe("headgate local --demo pod-routes", () => {
  let folder: string;
  let headgate: HeadgateProcess;
  let gateway: string;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "headgate-main-job-"));
    const offset = String((await aFreePort()) - 80);
    headgate = startHeadgate(["local", "--demo", "pod-routes", "--gateway-port-offset", offset], folder);
    await vi.waitFor(() => {
      expect(headgate.output(), headgate.errors()).toMatch(/ gateway +http/);
    }, 90_000);
    gateway = /gateway +(\S+)/.exec(headgate.output())?.[1] ?? "";
    client = connect(await accessFromKubeconfig({ path: join(folder, ".headgate/kubeconfig") }));
  }, 150_000);
  afterAll(async () => {
    await client.close();
    await headgate.stop("SIGKILL");
    await rm(folder, { recursive: true });
  });

  const answer = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(gateway + path);
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {} };
  };
  const routed = async (path: string, wanted: object): Promise<void> => {
    await vi.waitFor(async () => {
      expect(await answer(path)).toMatchObject({ status: 200, body: wanted });
    }, 90_000);
  };

  test("says where everything is and what to try", () => {
    expect(headgate.output()).toContain(`export KUBECONFIG=${join(folder, ".headgate/kubeconfig")}`);
    expect(headgate.output()).toContain(`curl ${gateway}/pp-aaa/hello`);
  });

  test("each sample pod answers at its own path", async () => {
    await routed("/pp-aaa/hello", { pod: "pp-aaa", path: "/pp-aaa/hello" });
    await routed("/bbb/hello", { pod: "pp-bbb", path: "/hello" });
    await routed("/pp-ccc/hello", { pod: "pp-ccc" });
    expect((await answer("/pp-aaab")).status).toBe(404);
  });

  test("serves metrics that a dashboard of the original operator reads", async () => {
    const metrics = /metrics +(\S+)/.exec(headgate.output())?.[1] ?? "";
    expect(await (await fetch(metrics)).text()).toContain("envoy_router_managed_pods 3\n");
  });

  test("a pod that is deleted, and one that loses its label, lose their routes while the third serves every request", async () => {
    let failed = 0;
    let served = 0;
    let on = true;
    const prober = (async () => {
      while (on) {
        const { status, body } = await answer("/bbb/probe").catch(() => ({ status: 0, body: {} as never }));
        if (status === 200 && body["pod"] === "pp-bbb") served += 1;
        else failed += 1;
      }
    })();
    const more = async (count: number): Promise<void> => {
      const until = served + failed + count;
      await vi.waitUntil(() => served + failed >= until, 90_000);
    };
    await more(5);
    const pod = { apiVersion: "v1", kind: "Pod", namespace: "default" };
    await client.delete({ ...pod, name: "pp-ccc" });
    const unlabel = { metadata: { labels: { "envoy-router/enabled": null } } };
    await client.patch({ ...pod, name: "pp-aaa" }, unlabel, { type: "merge" });
    await vi.waitFor(async () => {
      const routes = await client.list(resourceTypes.HTTPRoute, { namespace: "default" });
      expect(routes.items.map(({ metadata }) => metadata.name)).toEqual(["pp-bbb"]);
      expect((await answer("/pp-aaa/hello")).status).toBe(404);
      expect((await answer("/pp-ccc/hello")).status).toBe(404);
    }, 150_000);
    await more(20);
    on = false;
    await prober;
    expect(failed).toBe(0);
  }, 240_000);

  test("kubectl reads the cluster by the kubeconfig that is printed", (context) => {
    const kubeconfig = join(folder, ".headgate/kubeconfig");
    const kubectl = spawnSync("kubectl", ["--kubeconfig", kubeconfig, "get", "pod", "pp-bbb"], { encoding: "utf8" });
    if (kubectl.error !== undefined) context.skip("kubectl is not on the PATH");
    expect(kubectl.stdout).toMatch(/pp-bbb +1\/1 +Running/);
  });

  test("the interrupt ends it, and every process that it started", async () => {
    const pods = await client.list(resourceTypes.Pod, { namespace: "default" });
    const addresses = pods.items.map(({ status }) => (status as { podIP: string }).podIP);
    expect(addresses.length).toBeGreaterThan(0);
    expect(await headgate.stop("SIGINT")).toBe(0);
    for (const address of [...addresses.map((ip) => `http://${ip}:8080/`), gateway]) {
      await expect(fetch(address)).rejects.toThrow();
    }
    expect(await readFile(join(folder, ".headgate/log"), "utf8")).not.toContain('"level":50');
  });
});
