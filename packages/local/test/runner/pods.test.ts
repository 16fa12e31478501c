import { once } from "node:events";
import * as net from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Pod } from "../../src/client/kinds.ts";
import { resources } from "../../src/client/resource.ts";
import { manualClock } from "./manual-clock.ts";
import { isAlive, isGroupAlive, isReady, pidOf, podObject, scriptImages, scriptPod, startRig } from "./rig.ts";

const waitingReason = (pod: Pod): string | undefined => pod.status?.containerStatuses?.[0]?.state.waiting?.reason;
const restarts = (pod: Pod): number => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
const serve = `require("http").createServer((q,r)=>r.end(process.env.ANSWER??"")).listen(process.env.PORT,process.env.HOST);`;

describe("a pod that runs", () => {
  test("answers on its own address, with what its spec gave it", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { KEY: "from-map" } };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { word: "aHVzaA==" } };
    const env = [
      { name: "MY_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "WORD", valueFrom: { secretKeyRef: { name: "s", key: "word" } } },
      { name: "ANSWER", value: "$(POD_NAME) $(MY_IP) $(WORD) $(KEY) $$(X) $(NOT)" },
    ];
    await rig.create(config, secret);
    await rig.create(
      scriptPod("web", serve, {
        container: {
          env,
          envFrom: [{ configMapRef: { name: "c" } }],
          ports: [{ containerPort: 7777 }],
          readinessProbe: { tcpSocket: { port: 7777 }, periodSeconds: 1 },
        },
      }),
    );
    const pod = await rig.untilPod("web", isReady);
    const ip = pod.status?.podIP ?? "";
    const answer = await (await fetch(`http://${ip}:7777/`)).text();
    expect(answer).toBe(`web ${ip} hush from-map $(X) $(NOT)`);
    expect(ip).toMatch(/^127\.(1[6-9]|2\d|3[01])\./);
    expect(rig.errors).toEqual([]);
  });

  test("runs the echo app on its declared port when nobody knows its image", async () => {
    const rig = await startRig();
    const container = { name: "main", image: "ghcr.io/acme/shop:3", ports: [{ containerPort: 9001 }] };
    await rig.create(
      podObject("shop", {
        containers: [{ ...container, readinessProbe: { httpGet: { path: "/ready", port: 9001 }, periodSeconds: 1 } }],
      }),
    );
    const pod = await rig.untilPod("shop", isReady);
    const said = (await (await fetch(`http://${pod.status?.podIP ?? ""}:9001/a?b=c`)).json()) as Record<
      string,
      unknown
    >;
    expect(said).toMatchObject({ pod: "shop", namespace: "default", image: "ghcr.io/acme/shop:3", path: "/a?b=c" });
  });

  test("leaves no process behind when the cluster closes", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    const script = `require("child_process").spawn(process.execPath,["-e","setInterval(()=>{},1e6)"],{stdio:"ignore"});process.on("SIGTERM",()=>{});setInterval(()=>{},1e6)`;
    await rig.create(scriptPod("stubborn", script));
    const pid = pidOf(await rig.untilPod("stubborn", isReady));
    expect(isGroupAlive(pid)).toBe(true);
    await rig.cluster.close();
    expect(isAlive(pid)).toBe(false);
    await vi.waitFor(() => {
      expect(isGroupAlive(pid)).toBe(false);
    }, 5000);
  });
});

describe("probes", () => {
  test("make a pod ready and unready, and restart it when liveness fails", async () => {
    const rig = await startRig();
    const probe = (path: string, failureThreshold: number): object => ({
      httpGet: { path, port: 8080 },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold,
    });
    const container = {
      name: "main",
      image: "echo",
      // A busy machine may take its time to start the app.
      startupProbe: probe("/healthz", 25),
      readinessProbe: probe("/ready", 1),
      livenessProbe: probe("/healthz", 2),
    };
    await rig.create(podObject("web", { containers: [container], terminationGracePeriodSeconds: 1 }));
    const ready = await rig.untilPod("web", isReady);
    const admin = (what: string): Promise<unknown> =>
      fetch(`http://${ready.status?.podIP ?? ""}:8080/admin/${what}`, { method: "POST" });
    await admin("ready?value=false");
    await rig.untilPod("web", (pod) => !isReady(pod));
    await admin("ready?value=true");
    await rig.untilPod("web", isReady);
    await admin("healthy?value=false");
    // A busy machine may miss another probe while the app comes back: what counts is that it comes back.
    const again = await rig.untilPod("web", (pod) => restarts(pod) >= 1 && isReady(pod));
    expect(again.status?.podIP).toBe(ready.status?.podIP);
    expect(again.status?.containerStatuses?.[0]?.lastState.terminated).toBeDefined();
    const reasons = await rig.until(resources.events, (events) => {
      const found = events.map(({ reason }) => reason);
      return found.includes("Unhealthy") && found.includes("Killing") && found;
    });
    expect(reasons).toContain("Started");
  });

  test("a startup probe holds back the others, and speaks exec", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    const file = `/tmp/headgate-startup-${process.pid}-${Date.now()}`;
    const container = {
      startupProbe: { exec: { command: ["test", "-e", file] }, periodSeconds: 1, failureThreshold: 100 },
    };
    await rig.create(scriptPod("slow", "setInterval(()=>{},1e6)", { container }));
    const before = await rig.untilPod("slow", (pod) => pod.status?.containerStatuses?.[0]?.state.running !== undefined);
    expect(before.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    const { writeFile, rm } = await import("node:fs/promises");
    await writeFile(file, "");
    onTestFinished(() => rm(file));
    await rig.untilPod("slow", (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.started === true);
  });

  test("gRPC health makes a pod ready", async () => {
    const rig = await startRig();
    await rig.create(
      podObject("g", {
        containers: [{ name: "main", image: "x", readinessProbe: { grpc: { port: 8080 }, periodSeconds: 1 } }],
      }),
    );
    await rig.untilPod("g", isReady);
  });

  test("readiness gates wait for the condition of another", async () => {
    const rig = await startRig({ runner: { processes: false } });
    await rig.create(
      podObject("gated", {
        readinessGates: [{ conditionType: "example.com/go" }],
        containers: [{ name: "main", image: "x" }],
      }),
    );
    await rig.untilPod(
      "gated",
      (pod) => pod.status?.conditions?.some(({ reason }) => reason === "ReadinessGatesNotReady") === true,
    );
    const status = { conditions: [{ type: "example.com/go", status: "True" }] };
    const target = { namespace: "default", name: "gated" };
    await rig.api.patch(resources.pods, target, { status }, { type: "strategic", subresource: "status" });
    const pod = await rig.untilPod("gated", isReady);
    expect(pod.status?.conditions?.find(({ type }) => type === "example.com/go")?.status).toBe("True");
  });
});

describe("what does not run", () => {
  test("a crash loop restarts at once, then after 10 s, then after 20 s", async () => {
    const clock = manualClock();
    const rig = await startRig({ runner: { images: scriptImages, clock } });
    await rig.create(scriptPod("crash", "process.exit(3)"));
    const first = await rig.untilPod("crash", (pod) => waitingReason(pod) === "CrashLoopBackOff");
    expect(restarts(first)).toBe(1);
    expect(first.status?.containerStatuses?.[0]?.state.waiting?.message).toContain("back-off 10s");
    expect(first.status?.containerStatuses?.[0]?.lastState.terminated?.exitCode).toBe(3);
    expect(first.status?.phase).toBe("Running");
    clock.advance(9_999);
    clock.advance(1);
    const second = await rig.untilPod(
      "crash",
      (pod) => restarts(pod) === 2 && waitingReason(pod) === "CrashLoopBackOff",
    );
    expect(second.status?.containerStatuses?.[0]?.state.waiting?.message).toContain("back-off 20s");
  });

  test("an image that cannot be pulled says so until the rule changes", async () => {
    const clock = manualClock();
    const images: Record<string, object> = { "acme/*": { pullError: "manifest unknown" } };
    const rig = await startRig({ runner: { images, clock } });
    await rig.create(podObject("broken", { containers: [{ name: "main", image: "acme/shop:1" }] }));
    const pod = await rig.untilPod("broken", (pod) => waitingReason(pod) === "ImagePullBackOff");
    expect(pod.status?.phase).toBe("Pending");
    expect(pod.status?.containerStatuses?.[0]?.state.waiting?.message).toContain("manifest unknown");
    images["acme/*"] = {};
    clock.advance(10_000);
    await rig.untilPod("broken", isReady);
  });

  test("a mount that cannot be made is an Event", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    const volumeMounts = [{ name: "data", mountPath: "/data" }];
    const spec = { volumes: [{ name: "data", emptyDir: {} }] };
    await rig.create(scriptPod("mounted", "setInterval(()=>{},1e6)", { container: { volumeMounts }, spec }));
    const event = await rig.until(resources.events, (events) => events.find(({ reason }) => reason === "FailedMount"));
    expect(event.message).toContain("/data");
  });

  test("a missing Secret is named", async () => {
    const rig = await startRig({ runner: { images: scriptImages, clock: manualClock() } });
    const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "nowhere", key: "a" } } }];
    await rig.create(scriptPod("needy", "", { container: { env } }));
    const pod = await rig.untilPod("needy", (pod) => waitingReason(pod) === "CreateContainerConfigError");
    expect(pod.status?.containerStatuses?.[0]?.state.waiting?.message).toBe('secret "nowhere" not found');
  });

  test("a program that ends decides the phase by the restart policy", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    await rig.create(
      scriptPod("good", "", { spec: { restartPolicy: "OnFailure" } }),
      scriptPod("bad", "process.exit(1)", { spec: { restartPolicy: "Never" } }),
    );
    const [good, bad] = await Promise.all([
      rig.untilPod("good", ({ status }) => status?.phase === "Succeeded"),
      rig.untilPod("bad", ({ status }) => status?.phase === "Failed"),
    ]);
    expect(isReady(good) || isReady(bad)).toBe(false);
    expect(bad.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
  });

  test("init containers run one after the other before the rest", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    const init = (name: string, script: string): object => ({ name, image: "script", args: [script] });
    await rig.create(
      scriptPod("steps", "setInterval(()=>{},1e6)", { spec: { initContainers: [init("one", ""), init("two", "")] } }),
      scriptPod("stuck", "", { spec: { restartPolicy: "Never", initContainers: [init("one", "process.exit(1)")] } }),
    );
    const pod = await rig.untilPod("steps", isReady);
    expect(pod.status?.initContainerStatuses?.map(({ name, state }) => [name, state.terminated?.exitCode])).toEqual([
      ["one", 0],
      ["two", 0],
    ]);
    const stuck = await rig.untilPod("stuck", ({ status }) => status?.phase === "Failed");
    expect(stuck.status?.containerStatuses?.[0]?.state.waiting?.reason).toBe("PodInitializing");
  });
});

describe("termination", () => {
  /** A server that pods report to; what they say arrives line by line. */
  const startListener = async (): Promise<{ port: number; next: () => Promise<string> }> => {
    const lines: string[] = [];
    const waiting: ((line: string) => void)[] = [];
    const hear = (line: string): void => {
      const wanted = waiting.shift();
      if (wanted === undefined) lines.push(line);
      else wanted(line);
    };
    const server = net.createServer((socket) => {
      socket.on("data", (data) => {
        for (const line of data.toString().trim().split("\n")) hear(line);
      });
      socket.on("error", () => undefined);
      socket.on("close", () => {
        hear("closed");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as net.AddressInfo;
    return {
      port,
      next: () =>
        new Promise((resolve) => {
          const line = lines.shift();
          if (line === undefined) waiting.push(resolve);
          else resolve(line);
        }),
    };
  };
  const report = (port: number, then: string): string =>
    `const s=require("net").connect(${port},"127.0.0.1");s.write("up\\n");process.on("SIGTERM",()=>{s.write("TERM\\n",()=>{${then}})});setInterval(()=>{},1e6)`;

  test("SIGTERM comes first; a process that ends on it is gone before the grace is over", async () => {
    const rig = await startRig({ runner: { images: scriptImages, clock: manualClock() } });
    const heard = await startListener();
    await rig.create(scriptPod("polite", report(heard.port, "process.exit(0)")));
    expect(await heard.next()).toBe("up");
    await rig.untilPod("polite", isReady);
    await rig.api.remove(resources.pods, { namespace: "default", name: "polite" });
    expect([await heard.next(), await heard.next()]).toEqual(["TERM", "closed"]);
    await rig.until(resources.pods, (pods) => pods.length === 0);
  });

  test("a process that ignores SIGTERM is killed when the grace is over, and is ready as its probe says until then", async () => {
    const clock = manualClock();
    const rig = await startRig({ runner: { images: scriptImages, clock } });
    const heard = await startListener();
    await rig.create(scriptPod("deaf", report(heard.port, ""), { spec: { terminationGracePeriodSeconds: 5 } }));
    expect(await heard.next()).toBe("up");
    const pid = pidOf(await rig.untilPod("deaf", isReady));
    await rig.api.remove(resources.pods, { namespace: "default", name: "deaf" });
    expect(await heard.next()).toBe("TERM");
    clock.advance(4_999);
    const going = await rig.api.get(resources.pods, { namespace: "default", name: "deaf" });
    expect(going.metadata.deletionTimestamp).toBeDefined();
    expect(isReady(going) && isAlive(pid)).toBe(true);
    clock.advance(1);
    expect(await heard.next()).toBe("closed");
    await rig.until(resources.pods, (pods) => pods.length === 0);
    expect(isAlive(pid)).toBe(false);
  });

  test("preStop runs before SIGTERM", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    const heard = await startListener();
    const hook = `const s=require("net").connect(${heard.port},"127.0.0.1");s.end("preStop\\n")`;
    const container = { lifecycle: { preStop: { exec: { command: [process.execPath, "-e", hook] } } } };
    await rig.create(
      scriptPod("hooked", report(heard.port, "process.exit(0)"), {
        container,
        spec: { terminationGracePeriodSeconds: 20 },
      }),
    );
    expect(await heard.next()).toBe("up");
    await rig.untilPod("hooked", isReady);
    await rig.api.remove(resources.pods, { namespace: "default", name: "hooked" });
    const lines = [await heard.next(), await heard.next(), await heard.next()].filter((line) => line !== "closed");
    expect(lines).toEqual(["preStop", "TERM"]);
  });

  test("a pod deleted by force loses its process too", async () => {
    const rig = await startRig({ runner: { images: scriptImages } });
    const heard = await startListener();
    await rig.create(scriptPod("forced", report(heard.port, "")));
    expect(await heard.next()).toBe("up");
    await rig.untilPod("forced", isReady);
    await rig.api.remove(resources.pods, { namespace: "default", name: "forced" }, { gracePeriodSeconds: 0 });
    expect([await heard.next(), await heard.next()]).toEqual(["TERM", "closed"]);
  });
});
