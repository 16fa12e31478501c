import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Container, ContainerStatus, Pod } from "../../src/client/kinds.ts";
import { addressPool } from "../../src/runner/addresses.ts";
import { defaultBackOff, nextDelay, restartDelay } from "../../src/runner/back-off.ts";
import { containerEnv, conventionalEnv, expand, launchOf } from "../../src/runner/environment.ts";
import { ruleFor } from "../../src/runner/images.ts";
import { selectLines } from "../../src/runner/log-server.ts";
import { podStatus } from "../../src/runner/pod-status.ts";
import { probeStep, type ProbeState, startProbe } from "../../src/runner/probe.ts";
import { manualClock } from "./manual-clock.ts";

describe("addresses", () => {
  test("are each given once, and freed ones come round last", () => {
    const pool = addressPool("10.0.0.0/29");
    const taken = [pool.take(), pool.take(), pool.take()];
    expect(taken).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    pool.give("10.0.0.2");
    expect([pool.take(), pool.take("10.0.0.2"), pool.take("10.0.0.2")]).toEqual(["10.0.0.4", "10.0.0.2", "10.0.0.5"]);
    expect([pool.take(), pool.take()]).toEqual(["10.0.0.6", "10.0.0.7"]);
    expect(() => pool.take()).toThrow("no address left in 10.0.0.0/29");
  });

  test("of a wide range leave the first ones to others, and skip those that look like networks", () => {
    const pool = addressPool("127.16.0.0/12");
    const taken = Array.from({ length: 300 }, () => pool.take());
    expect(taken[0]).toBe("127.16.1.1");
    expect(new Set(taken).size).toBe(300);
    expect(taken.filter((address) => /\.(0|255)$/.test(address))).toEqual([]);
    expect(pool.take("127.31.255.1")).toBe("127.31.255.1");
    expect(pool.take("10.0.0.1")).toMatch(/^127\.16\./);
  });

  test("may be of IPv6, in their canonical form", () => {
    const pool = addressPool("fd00:10::/64");
    expect([pool.take(), pool.take("fd00:10::abcd")]).toEqual(["fd00:10::101", "fd00:10::abcd"]);
  });

  test.each(["10.0.0.0", "10.0.0.0/x", "10.0.0.0/32"])("%s is no range", (cidr) => {
    expect(() => addressPool(cidr)).toThrow("is not a range of addresses");
  });
});

test("restarts wait 0, 10, 20, 40 … 300 s, and begin anew after a long good run", () => {
  const delays: number[] = [];
  let delay: number | undefined;
  for (let i = 0; i < 8; i += 1) delays.push((delay = restartDelay(defaultBackOff, delay, 1000)) / 1000);
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  expect(restartDelay(defaultBackOff, 300_000, 600_001)).toBe(0);
  expect(nextDelay(defaultBackOff, 0)).toBe(10_000);
});

describe("a probe", () => {
  const run = (initially: boolean, outcomes: boolean[], success: number, failure: number): boolean[] => {
    let state: ProbeState = { passing: initially, run: 0, last: undefined };
    return outcomes.map((ok) => (state = probeStep(state, ok, { success, failure })).passing);
  };

  test("changes its mind only after enough outcomes in a row", () => {
    expect(run(false, [true, false, true, true], 2, 1)).toEqual([false, false, false, true]);
    expect(run(true, [false, false, true, false, false, false], 1, 3)).toEqual([true, true, true, true, true, false]);
  });

  test("waits for its initial delay, then for its period, and stops when told", async () => {
    const clock = manualClock(0);
    const asked: number[] = [];
    let heard = Promise.withResolvers<undefined>();
    const stop = startProbe({
      probe: { initialDelaySeconds: 3, periodSeconds: 2 },
      initially: false,
      clock,
      ask: () => {
        asked.push(clock.now());
        return Promise.resolve({ ok: true, message: "" });
      },
      onOutcome: () => {
        heard.resolve(undefined);
      },
    });
    clock.advance(2_999);
    expect(asked).toEqual([]);
    for (const ms of [1, 2_000]) {
      heard = Promise.withResolvers();
      clock.advance(ms);
      await heard.promise;
    }
    stop();
    clock.advance(60_000);
    expect(asked).toEqual([3_000, 5_000]);
  });
});

describe("the environment of a container", () => {
  const container: Container = {
    name: "main",
    image: "shop:1",
    ports: [
      { name: "http", containerPort: 8080 },
      { containerPort: 53, protocol: "UDP" },
    ],
  };
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "p",
      namespace: "ns",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "",
      labels: { tier: "web" },
    },
    spec: { containers: [container] },
  };
  const place = {
    podIPs: ["127.16.0.9", "fd00::9"],
    hostIP: "127.0.0.1",
    nodeName: "n",
    listen: (port: number) => ({ host: "127.16.0.9", port }),
  };
  const read = (): Promise<undefined> => Promise.resolve(undefined);
  const env = (...variables: NonNullable<Container["env"]>): Promise<Record<string, string>> =>
    containerEnv(pod, { ...container, env: variables }, { place, base: { BASE: "b" }, read });

  test("tells the process where to listen and who it is", () => {
    expect(conventionalEnv(pod, container, place)).toMatchObject({
      POD_NAME: "p",
      POD_NAMESPACE: "ns",
      POD_IP: "127.16.0.9",
      HOST: "127.16.0.9",
      PORT: "8080",
      PORTS: "http=8080",
      IMAGE: "shop:1",
    });
  });

  test("takes fields of the pod, and expands what came before", async () => {
    const field = (name: string, fieldPath: string): NonNullable<Container["env"]>[number] => ({
      name,
      valueFrom: { fieldRef: { fieldPath } },
    });
    expect(
      await env(
        field("IPS", "status.podIPs"),
        field("TIER", "metadata.labels['tier']"),
        { name: "X", value: "$(BASE)/$(TIER)/$(LATER)" },
        { name: "LATER", value: "l" },
      ),
    ).toEqual({
      BASE: "b",
      IPS: "127.16.0.9,fd00::9",
      TIER: "web",
      X: "b/web/$(LATER)",
      LATER: "l",
    });
    expect(expand("$$(BASE) $(BASE) $X", { BASE: "b" })).toBe("$(BASE) b $X");
  });

  test("is refused when it asks for what is not there or not offered", async () => {
    const configMapKeyRef = { name: "c", key: "k" };
    await expect(env({ name: "A", valueFrom: { configMapKeyRef } })).rejects.toThrow('configmap "c" not found');
    expect(await env({ name: "A", valueFrom: { configMapKeyRef: { ...configMapKeyRef, optional: true } } })).toEqual({
      BASE: "b",
    });
    await expect(env({ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } })).rejects.toThrow(
      "not offered by this node",
    );
  });

  test.each([
    ["no rule: the fallback, without the pod's words", { command: ["x"], args: ["y"] }, undefined, ["echo"]],
    [
      "a mapped command takes the pod's arguments",
      { command: ["x"], args: ["$(BASE)"] },
      { command: ["run", "-p"], args: ["z"] },
      ["run", "-p", "b"],
    ],
    ["or its own default ones", {}, { command: ["run"], args: ["z"] }, ["run", "z"]],
    [
      "the pod's own command when the rule says so",
      { command: ["sh", "-c"], args: ["exit"] },
      { podCommand: true, command: ["run"], args: ["z"] },
      ["sh", "-c", "exit"],
    ],
    ["which does without the image's arguments", { command: ["sh"] }, { podCommand: true, args: ["z"] }, ["sh"]],
  ])("%s", (_, words, rule, expected) => {
    const launch = launchOf({ ...container, ...words }, rule, { env: { BASE: "b" }, fallback: ["echo"] });
    expect([launch.command, ...launch.args]).toEqual(expected);
  });
});

describe("image rules", () => {
  test("match by glob, the first one counts", async () => {
    const rules = { "nginx:1.*": { args: ["a"] }, "*/shop:*": { args: ["b"] }, "nginx*": { args: ["c"] } };
    const matched = await Promise.all(
      ["nginx:1.25", "ghcr.io/x/shop:2", "nginx", "other"].map((image) => ruleFor(rules, image)),
    );
    expect(matched.map((rule) => rule?.args?.[0])).toEqual(["a", "b", "c", undefined]);
  });

  test("come from a file too, which names what it got wrong", async () => {
    const folder = await mkdtemp(join(tmpdir(), "images-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "images.yaml");
    await writeFile(path, 'web*:\n  command: ["node", "web.js"]\n');
    expect(await ruleFor(path, "web:1")).toEqual({ command: ["node", "web.js"] });
    await writeFile(path, "web*:\n  comand: [x]\n");
    await expect(ruleFor(path, "web:1")).rejects.toThrow(
      'images.yaml: web*: field "comand" is unknown or of the wrong type',
    );
  });
});

test("log lines are chosen by time and by number", () => {
  const lines = [1, 2, 3, 4].map((at) => ({ at, text: String(at) }));
  const chosen = (sinceMs: number, tailLines: number): number[] =>
    selectLines(lines, { sinceMs, tailLines }).map(({ at }) => at);
  expect([chosen(0, Infinity), chosen(3, Infinity), chosen(0, 1), chosen(0, 0)]).toEqual([
    [1, 2, 3, 4],
    [3, 4],
    [4],
    [],
  ]);
});

describe("the phase of a pod", () => {
  const status = (state: ContainerStatus["state"], more: Partial<ContainerStatus> = {}): ContainerStatus => ({
    name: "main",
    image: "",
    imageID: "",
    ready: false,
    started: false,
    restartCount: 0,
    state,
    lastState: {},
    ...more,
  });
  const running = status({ running: {} }, { ready: true, started: true });
  const end = (exitCode: number): ContainerStatus => status({ terminated: { exitCode } });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", uid: "u", resourceVersion: "1", creationTimestamp: "" },
    spec: { containers: [] },
  };
  const phase = (
    containers: ContainerStatus[],
    more: { ended?: boolean; initialized?: boolean } = {},
  ): string | undefined =>
    podStatus({
      pod,
      podIPs: ["127.0.0.2"],
      hostIP: "127.0.0.1",
      startTime: "",
      init: [],
      containers,
      initialized: true,
      ended: false,
      now: 0,
      ...more,
    }).phase;

  test.each([
    [
      "Pending while a container has never run",
      [running, status({ waiting: { reason: "ErrImagePull" } })],
      {},
      "Pending",
    ],
    ["Pending before it is initialized", [running], { initialized: false }, "Pending"],
    ["Running", [running, running], {}, "Running"],
    [
      "Running in a crash loop",
      [status({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 1 })],
      {},
      "Running",
    ],
    ["Succeeded when all ended well", [end(0), end(0)], { ended: true }, "Succeeded"],
    ["Failed when one did not", [end(0), end(1)], { ended: true }, "Failed"],
  ])("is %s", (_, containers, more, expected) => {
    expect(phase(containers, more)).toBe(expected);
  });
});
