import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { accessFromKubeconfig, connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";

import { aFreePort } from "./free-port.ts";
import { startHeadgate } from "./headgate-process.ts";
import type { HeadgateProcess } from "./headgate-process.ts";

const patience = { timeout: 150_000, interval: 50 };
const policy = { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy", namespace: "default", name: "shop" };

describe("headgate local --demo endpoint-policy", () => {
  let folder: string;
  let headgate: HeadgateProcess;
  let gateway: string;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "headgate-policies-"));
    const offset = String((await aFreePort()) - 80);
    headgate = startHeadgate(["local", "--demo", "endpoint-policy", "--gateway-port-offset", offset], folder);
    await vi.waitFor(() => {
      expect(headgate.output(), headgate.errors()).toMatch(/ gateway +http/);
    }, patience);
    gateway = /gateway +(\S+)/.exec(headgate.output())?.[1] ?? "";
    client = connect(await accessFromKubeconfig({ path: join(folder, ".headgate/kubeconfig") }));
    await isReady(2);
  }, 300_000);
  afterAll(async () => {
    await client.close();
    await headgate.stop("SIGKILL");
    await rm(folder, { recursive: true });
  });

  const isReady = (endpoints: number): Promise<void> =>
    vi.waitFor(async () => {
      const { metadata, status } = await client.get(policy);
      const conditions = [{ type: "Ready", status: "True", observedGeneration: metadata.generation }];
      expect(status).toMatchObject({ endpointCount: endpoints, conditions });
    }, patience);
  /** The pod that answers; the status of an answer that is not a pod's. */
  const podAt = async (path: string): Promise<string> => {
    const response = await fetch(gateway + path);
    const text = await response.text();
    return response.ok ? (JSON.parse(text) as { pod: string }).pod : String(response.status);
  };
  const served = (pod: string, endpoint: string): boolean => pod.startsWith(`shop-${endpoint}-`);

  test("a primary endpoint has all of its requests, and everything else goes to the application", async () => {
    // The proxy hears of pods and routes by watches of its own.
    await vi.waitFor(async () => {
      const pods = await Promise.all(Array.from({ length: 50 }, () => podAt("/search/shoes")));
      expect(pods.filter((pod) => !served(pod, "search"))).toEqual([]);
      expect(new Set(pods).size).toBe(2);
    }, patience);
    const other = await podAt("/hello");
    expect([other.startsWith("shop-"), served(other, "search"), served(other, "cart")]).toEqual([true, false, false]);
  }, 240_000);

  test("a canary has its share", async () => {
    let ours = 0;
    for (let round = 0; round < 100; round++) {
      const pods = await Promise.all(Array.from({ length: 40 }, () => podAt("/cart/1")));
      ours += pods.filter((pod) => served(pod, "cart")).length;
    }
    // Of 4,000 with weight 25: five times the standard deviation.
    expect(ours / 4000).toBeGreaterThan(0.216);
    expect(ours / 4000).toBeLessThan(0.284);
  }, 300_000);

  test("a policy that is deleted leaves the application as it was", async () => {
    await client.delete(policy);
    await vi.waitFor(async () => {
      const { items } = await client.list({
        apiVersion: "apps/v1",
        kind: "Deployment",
        plural: "deployments",
        namespaced: true,
      });
      // Those of the other policy stay.
      expect(items.map(({ metadata }) => metadata.name)).toEqual(["shop", "shop-payments", "shop-stock"]);
      const pod = await podAt("/search/x");
      expect([pod.startsWith("shop-"), served(pod, "search")]).toEqual([true, false]);
    }, patience);
  }, 240_000);
});
