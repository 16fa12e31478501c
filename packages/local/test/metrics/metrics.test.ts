import { spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { answerMetrics } from "../../src/metrics/answer.ts";
import { processesOf, readContainers } from "../../src/metrics/container-readings.ts";
import { nodeMetrics, podMetrics } from "../../src/metrics/objects.ts";
import { parseMachine, parseMemory, parseStat } from "../../src/metrics/proc.ts";
import { keepReadings, type Usage, usageBetween } from "../../src/metrics/usage.ts";

describe("what Linux says", () => {
  test("of a process whose name looks like more fields", () => {
    const text = "42 (a) R 1 (b)) S 7 40 40 0 -1 4194560 129 0 0 0 130 20 50 0 20 0 7 0 1302267 1012 22226 184467\n";
    expect(parseStat(text)).toEqual({ pid: 42, parent: 7, group: 40, cpuSeconds: 2 });
  });
  test("of memory", () => {
    expect(parseMemory("00400000-7fff ---p 0 00:00 0 [rollup]\nRss:  89112 kB\nPss:   50 kB\nPss_Dirty: 3 kB\n")).toBe(
      51_200,
    );
    expect(parseMemory("")).toBe(0);
  });
  test("of the machine: idle time and guests are not counted, and memory that can be had again is not used", () => {
    const stat = "cpu  100 200 300 9000 900 10 20 30 40 50\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
    const meminfo = "MemTotal:   1000 kB\nMemFree:   10 kB\nMemAvailable:   400 kB\n";
    expect(parseMachine(stat, meminfo)).toEqual({ cpuSeconds: 6.3, memoryBytes: 600 * 1024 });
  });
});

test("a container is its process group and all that descends from it, whatever group that is in", () => {
  const stat = (pid: number, parent: number, group: number) => ({ pid, parent, group, cpuSeconds: 1 });
  const stats = [
    stat(1, 0, 1),
    stat(10, 1, 10), // A first process.
    stat(11, 10, 10),
    stat(12, 11, 12), // Left the group.
    stat(13, 12, 12),
    stat(14, 1, 10), // Its parent has ended.
    stat(20, 1, 20), // Another container.
    stat(30, 1, 30), // Nobody's.
  ];
  const members = processesOf(stats, new Set([10, 20]));
  expect([...members].map(([leader, own]) => [leader, own.map(({ pid }) => pid)])).toEqual([
    [10, [10, 11, 12, 13, 14]],
    [20, [20]],
  ]);
});

describe("usage", () => {
  const reading = (at: number, cpuSeconds: number, startedAt = 0) => ({ at, startedAt, cpuSeconds, memoryBytes: at });
  test("is a rate over the time between two readings, and the newer one's memory", () => {
    expect(usageBetween(reading(1000, 3), reading(3000, 4))).toEqual({
      at: 3000,
      windowMs: 2000,
      cores: 0.5,
      memoryBytes: 3000,
    });
  });
  test("is not known of another run, of no time, or when the counter went back", () => {
    expect(usageBetween(reading(1000, 3), reading(3000, 4, 2000))).toBeUndefined();
    expect(usageBetween(reading(1000, 3), reading(1000, 3))).toBeUndefined();
    expect(usageBetween(reading(1000, 3), reading(3000, 2))).toBeUndefined();
  });
  test("is not known after one reading, nor of what is no longer read", () => {
    const readings = keepReadings();
    readings.take(new Map([["a", reading(1000, 1)]]));
    expect(readings.usage("a")).toBeUndefined();
    readings.take(new Map([["a", reading(2000, 2)]]));
    expect(readings.usage("a")?.cores).toBe(1);
    readings.take(new Map());
    expect(readings.usage("a")).toBeUndefined();
  });
});

test.skipIf(process.platform !== "linux")("a busy process and its children are measured together", async () => {
  const burn = "const parent = process.ppid; while (process.ppid === parent);";
  const script = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(burn)}], { detached: true }); setInterval(() => {}, 1e6)`;
  const child = spawn(process.execPath, ["-e", script], { detached: true, stdio: "ignore" });
  const { pid = 0 } = child;
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const processes = [{ container: "main", pid, startedAt: 0 }];
  let at = 0;
  const first = (await readContainers(processes, () => at)).get(pid);
  const used = await vi.waitFor(
    async () => {
      at += 1000;
      const now = (await readContainers(processes, () => at)).get(pid);
      const usage = first === undefined || now === undefined ? undefined : usageBetween(first, now);
      expect((usage?.cores ?? 0) * (usage?.windowMs ?? 0)).toBeGreaterThan(300);
      return usage;
    },
    { timeout: 60_000, interval: 50 },
  );
  expect(used?.memoryBytes).toBeGreaterThan(1 << 20);
});

describe("the API", () => {
  const usage: Usage = { at: 3000, windowMs: 2046, cores: 0.25, memoryBytes: 2048 };
  const older: Usage = { ...usage, at: 1000, windowMs: 1000 };
  const pod = (name: string, namespace: string, labels: Record<string, string>) =>
    podMetrics(
      { name, namespace, labels },
      [
        { container: "a", usage },
        { container: "b", usage: older },
      ],
      5000,
    );
  const source = {
    pods: () => [pod("one", "x", { app: "web" }), pod("two", "x", { app: "job" }), pod("one", "y", { app: "web" })],
    nodes: () => Promise.resolve([nodeMetrics({ name: "local", labels: { disk: "ssd" } }, usage, 5000)]),
  };
  const ask = async (path: string, method = "GET"): Promise<unknown> => {
    const server = http.createServer((request, response) => void answerMetrics(source, request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return (await fetch(`http://127.0.0.1:${port}/apis${path}`, { method })).json();
  };
  const names = (list: unknown): string[] =>
    (list as { items: { metadata: { name: string; namespace?: string } }[] }).items.map(
      ({ metadata: { name, namespace } }) => (namespace === undefined ? name : `${namespace}/${name}`),
    );
  const at = "/metrics.k8s.io/v1beta1";

  test("gives one pod, with the oldest window of its containers", async () => {
    expect(await ask(`${at}/namespaces/y/pods/one`)).toEqual({
      kind: "PodMetrics",
      apiVersion: "metrics.k8s.io/v1beta1",
      metadata: { name: "one", namespace: "y", creationTimestamp: "1970-01-01T00:00:05Z", labels: { app: "web" } },
      timestamp: "1970-01-01T00:00:01Z",
      window: "1s",
      containers: [
        { name: "a", usage: { cpu: "250000000n", memory: "2Ki" } },
        { name: "b", usage: { cpu: "250000000n", memory: "2Ki" } },
      ],
    });
  });
  test("lists what the selectors let through", async () => {
    expect(names(await ask(`${at}/pods`))).toEqual(["x/one", "x/two", "y/one"]);
    expect(names(await ask(`${at}/pods?labelSelector=app%3Dweb`))).toEqual(["x/one", "y/one"]);
    expect(names(await ask(`${at}/pods?fieldSelector=metadata.namespace%3Dy`))).toEqual(["y/one"]);
    expect(names(await ask(`${at}/namespaces/x/pods?labelSelector=app+in+(job)`))).toEqual(["x/two"]);
    expect(names(await ask(`${at}/nodes?labelSelector=disk`))).toEqual(["local"]);
    expect(names(await ask(`${at}/nodes?fieldSelector=metadata.name%3Dother`))).toEqual([]);
  });
  test("says what it serves, and what it does not", async () => {
    expect(await ask("")).toMatchObject({ kind: "APIGroupList", groups: [{ name: "metrics.k8s.io" }] });
    expect(await ask("/metrics.k8s.io")).toMatchObject({ kind: "APIGroup", preferredVersion: { version: "v1beta1" } });
    expect(await ask(at)).toMatchObject({ kind: "APIResourceList", resources: [{ name: "nodes" }, { name: "pods" }] });
    expect(await ask(`${at}/nodes/local`)).toMatchObject({ kind: "NodeMetrics", usage: { cpu: "250000000n" } });
    expect(await ask(`${at}/namespaces/x/pods/none`)).toMatchObject({
      code: 404,
      message: 'pods.metrics.k8s.io "x/none" not found',
    });
    expect(await ask(`${at}/pods?fieldSelector=spec.nodeName%3Da`)).toMatchObject({ code: 400 });
    expect(await ask(`${at}/services`)).toMatchObject({ code: 404 });
    expect(await ask(`${at}/pods?watch=true`)).toMatchObject({ code: 405 });
    expect(await ask(`${at}/pods`, "DELETE")).toMatchObject({ code: 405 });
  });
});
