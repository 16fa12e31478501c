// Needs the rig: its pods are processes of the rig's node.
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";

import { openGateway } from "../rigs/kubernetes/gateway.ts";
import type { OpenGateway } from "../rigs/kubernetes/gateway.ts";
import { adminAccess } from "../rigs/kubernetes/shared-cluster.ts";

const patience = { timeout: 150_000, interval: 50 };
const namespace = `weights-${randomUUID().slice(0, 8)}`;
let client: Client;
let gateway: OpenGateway;

beforeAll(async () => {
  client = connect(adminAccess());
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  gateway = await openGateway({ namespace });
});

afterAll(async () => {
  await gateway.close();
  await client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
  await client.close();
});

const total = 2000;

describe("an HTTPRoute with weights, through Contour and Envoy, to two Deployments", () => {
  beforeAll(async () => {
    for (const name of ["stable", "canary"]) for (const object of application(name)) await client.create(object);
    await client.create(route({ stable: 90, canary: 10 }));
    await serve({ stable: 1, canary: 1 });
  });

  test("splits requests as its weights say", async () => {
    const counts: Record<string, number> = { stable: 0, canary: 0 };
    await inParallel(8, total / 8, async () => {
      const { app } = await ask();
      counts[app] = (counts[app] ?? 0) + 1;
    });
    const { stable = 0, canary = 0 } = counts;
    expect(stable + canary).toBe(total);
    // 200 expected; more than six standard deviations (13.4) off is no chance.
    expect(Math.abs(canary - 200)).toBeLessThan(81);
  });

  test("loses no request while its Deployments are scaled up and down", async () => {
    let scaling = true;
    let asked = 0;
    const failures: unknown[] = [];
    const asking = inParallel(4, Infinity, async () => {
      if (!scaling) return "enough";
      const { status } = await ask().catch((error: unknown) => ({ status: String(error) }));
      asked += 1;
      if (status !== 200) failures.push(status);
      return undefined;
    });
    for (const replicas of [
      { stable: 5, canary: 2 },
      { stable: 1, canary: 3 },
      { stable: 3, canary: 1 },
    ]) {
      for (const [name, count] of Object.entries(replicas)) await scale(name, count);
      await serve(replicas);
      const until = asked + 200;
      await vi.waitUntil(() => asked >= until, patience);
    }
    scaling = false;
    await asking;
    expect(failures).toEqual([]);
  });
});

/** Waits until each Deployment is served by this many pods, and by no others. */
async function serve(replicas: Readonly<Record<string, number>>): Promise<void> {
  await vi.waitFor(async () => {
    const pods = new Map<string, Set<string>>(Object.keys(replicas).map((name) => [name, new Set()]));
    await inParallel(8, 20, async () => {
      const { app, pod } = await ask();
      pods.get(app)?.add(pod);
    });
    expect(Object.fromEntries([...pods].map(([name, seen]) => [name, seen.size]))).toEqual(replicas);
  }, patience);
}

async function scale(name: string, replicas: number): Promise<void> {
  await client.patch(
    { apiVersion: "apps/v1", kind: "Deployment", namespace, name },
    { spec: { replicas } },
    { type: "merge" },
  );
}

/** Runs `work` this many times on each of some lanes, or until it says that it is enough. */
async function inParallel(lanes: number, times: number, work: () => Promise<unknown>): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let i = 0; i < times; i++) if ((await work()) === "enough") return;
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** A pod that ends serves on for a moment: those that know its endpoint have to hear of it first. */
function application(name: string): KubeObject[] {
  const labels = { app: name };
  const container = {
    name: "app",
    image: "sample/echo",
    ports: [{ containerPort: 8080 }],
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
    readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 },
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
}

function route(weights: Readonly<Record<string, number>>): KubeObject {
  const backendRefs = Object.entries(weights).map(([name, weight]) => ({ name, port: 80, weight }));
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "split", namespace },
    spec: { parentRefs: [{ name: "envoy-router" }], rules: [{ backendRefs }] },
  };
}

const connections = new Agent({ keepAlive: true });

interface Answer {
  readonly status: number;
  readonly app: string;
  readonly pod: string;
}

function ask(): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const out = request(gateway.url, { agent: connections }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.on("error", reject);
      answer.on("end", () => {
        const { statusCode: status = 0 } = answer;
        const { pod } = status === 200 ? (JSON.parse(text) as { pod: string }) : { pod: "" };
        resolve({ status, pod, app: pod.split("-")[0] ?? "" });
      });
    });
    out.on("error", reject).end();
  });
}
