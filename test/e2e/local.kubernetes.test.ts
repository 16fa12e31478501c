// Needs the rig: it starts a control plane of its own.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { aFreePort } from "./free-port.ts";
import { runHeadgate, startHeadgate } from "./headgate-process.ts";
import type { HeadgateProcess } from "./headgate-process.ts";

const patience = { timeout: 240_000, interval: 100 };

/** A `headgate local` in a folder of its own, and what is left of it. */
interface Started {
  readonly folder: string;
  readonly headgate: HeadgateProcess;
  /** Every process that runs for it, however far down: they all have its folder for temporary files in their environment. */
  readonly processes: () => Promise<readonly number[]>;
  /** Waits for all of them to be gone, and what they wrote outside of `.headgate`. */
  readonly nothingLeft: () => Promise<void>;
}

async function start(...args: readonly string[]): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), "hg-"));
  const mark = `TMPDIR=${folder}`;
  const offset = `--gateway-port-offset=${String((await aFreePort()) - 80)}`;
  const headgate = startHeadgate(["local", "--control-plane=kubernetes", offset, ...args], folder, { TMPDIR: folder });
  const processes = async (): Promise<readonly number[]> => {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const environments = pids.map((pid) => readFile(`/proc/${pid}/environ`, "latin1").catch(() => ""));
    const marked = (await Promise.all(environments)).map((text) => text.split("\0").includes(mark));
    return pids.filter((_, index) => marked[index] === true).map(Number);
  };
  return {
    folder,
    headgate,
    processes,
    nothingLeft: () =>
      vi.waitFor(async () => {
        expect(await processes()).toEqual([]);
        expect((await readdir(folder)).filter((name) => name !== ".headgate")).toEqual([]);
      }, patience),
  };
}

const isUp = ({ headgate }: Started): Promise<void> =>
  vi.waitFor(() => {
    expect(headgate.output(), headgate.errors()).toMatch(/ gateway +http/);
  }, patience);

async function removed({ headgate, folder, processes }: Started): Promise<void> {
  await headgate.stop("SIGKILL");
  for (const pid of await processes()) killIfThere(pid);
  await rm(folder, { recursive: true, maxRetries: 5 });
}

describe("headgate local --control-plane kubernetes --demo pod-routes", () => {
  let started: Started;
  let gateway: string;

  beforeAll(async () => {
    started = await start("--demo=pod-routes");
    await isUp(started);
    gateway = /gateway +(\S+)/.exec(started.headgate.output())?.[1] ?? "";
  }, 300_000);
  afterAll(() => removed(started));

  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, KUBECONFIG: join(started.folder, ".headgate/kubeconfig") };
    const { stdout } = await promisify(execFile)("kubectl", [...args], { env });
    return stdout.trim();
  };
  const answer = async (url: string): Promise<{ readonly status: number; readonly pod?: unknown }> => {
    const response = await fetch(url);
    const text = await response.text();
    const { pod } = (text.startsWith("{") ? JSON.parse(text) : {}) as { readonly pod?: unknown };
    return { status: response.status, pod };
  };
  const answers = (path: string, wanted: object): Promise<void> =>
    vi.waitFor(async () => {
      expect(await answer(gateway + path)).toMatchObject(wanted);
    }, patience);

  test("says what it starts, where everything is and what to try", () => {
    expect(started.headgate.output()).toMatch(
      /^starting etcd, kube-apiserver, .* and Contour with Envoy\nready after /,
    );
    expect(started.headgate.output()).toContain(`export KUBECONFIG=${join(started.folder, ".headgate/kubeconfig")}`);
    expect(started.headgate.output()).toContain(`curl ${gateway}/pp-aaa/hello`);
  });

  test("the sample pods answer from outside of the cluster's network, through Contour and Envoy", async () => {
    await answers("/pp-aaa/hello", { status: 200, pod: "pp-aaa" });
    await answers("/bbb/hello", { status: 200, pod: "pp-bbb" });
    await answers("/pp-ccc/hello", { status: 200, pod: "pp-ccc" });
    const { headers } = await fetch(`${gateway}/pp-aaa/hello`);
    expect(headers.get("server")).toBe("envoy");
  });

  test("the kubeconfig is for this user alone, and an unmodified kubectl works with it: real controllers, logs of pods", async () => {
    expect((await stat(join(started.folder, ".headgate/kubeconfig"))).mode & 0o777).toBe(0o600);
    expect(await kubectl("version", "-o=json")).toContain("v1.36.3");
    await kubectl("create", "deployment", "web", "--image=sample/echo", "--port=8080", "--replicas=2");
    await kubectl("rollout", "status", "deployment/web", "--timeout=150s");
    // Without a probe a pod counts as available from the start of its process.
    await vi.waitFor(async () => {
      expect(await kubectl("logs", "deployment/web")).toContain("listening");
    }, 150_000);
    await kubectl("delete", "deployment", "web");
  });

  test("a pod that loses its label loses its route, and headgate status says so too", async () => {
    await kubectl("label", "pod", "pp-aaa", "envoy-router/enabled-");
    await answers("/pp-aaa/hello", { status: 404 });
    const said = await runHeadgate(["status", "--kubeconfig", join(started.folder, ".headgate/kubeconfig")]);
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toContain("pp-bbb");
    expect(said.out).not.toContain("pp-aaa");
  });

  test("a port that is added to the Gateway is there for the person, and goes with it", async () => {
    const port = await aFreePort();
    const added = { name: "more", protocol: "HTTP", port, allowedRoutes: { namespaces: { from: "Same" } } };
    const at = `http://127.0.0.1:${String(port)}/bbb/hello`;
    await kubectl(
      "patch",
      "gateway",
      "envoy-router",
      "--type=json",
      `-p=${patchOf("add", "/spec/listeners/-", added)}`,
    );
    await vi.waitFor(async () => {
      expect(await answer(at)).toMatchObject({ status: 200, pod: "pp-bbb" });
    }, patience);
    await kubectl("patch", "gateway", "envoy-router", "--type=json", `-p=${patchOf("remove", "/spec/listeners/1")}`);
    await vi.waitFor(async () => {
      await expect(fetch(at)).rejects.toThrow("fetch failed");
    }, patience);
  });

  test("the interrupt ends it, and every process that it started", async () => {
    const running = await started.processes();
    // The command, what is around the cluster, four of the control plane, Contour, Envoy, and two pods at least.
    expect(running.length).toBeGreaterThanOrEqual(10);
    expect(await started.headgate.stop("SIGINT")).toBe(0);
    await started.nothingLeft();
    expect(await readFile(join(started.folder, ".headgate/log"), "utf8")).not.toContain('"level":50');
  });
});

const patchOf = (op: string, path: string, value?: object): string => JSON.stringify([{ op, path, value }]);

describe("headgate local --control-plane kubernetes --gateway headgate leaves nothing behind", () => {
  test.each([
    ["SIGKILL", null],
    // What the end of its terminal sends.
    ["SIGHUP", null],
  ] as const)("after %s", async (signal, code) => {
    const started = await start("--gateway=headgate", "--demo=pod-routes");
    onTestFinished(() => removed(started));
    await isUp(started);
    expect((await started.processes()).length).toBeGreaterThanOrEqual(7);
    expect(await started.headgate.stop(signal)).toBe(code);
    await started.nothingLeft();
  });

  test.each([
    ["SIGKILL", null],
    ["SIGINT", 0],
  ] as const)("after %s while it starts", async (signal, code) => {
    const started = await start("--gateway=headgate");
    onTestFinished(() => removed(started));
    await vi.waitFor(async () => {
      expect((await started.processes()).length).toBeGreaterThanOrEqual(5);
    }, patience);
    expect(await started.headgate.stop(signal)).toBe(code);
    await started.nothingLeft();
  });

  test("when its cluster is killed, and says so", async () => {
    const started = await start("--gateway=headgate");
    onTestFinished(() => removed(started));
    await isUp(started);
    const inside = await cluster(started);
    process.kill(inside, "SIGKILL");
    await started.nothingLeft();
    expect(await started.headgate.silent).toBe(1);
    expect(started.headgate.errors()).toContain("the cluster was killed");
  });

  test("when a part of its control plane ends, and says which, with the last of its log", async () => {
    const started = await start("--gateway=headgate");
    onTestFinished(() => removed(started));
    await isUp(started);
    process.kill(await named(started, "/etcd"), "SIGTERM");
    await started.nothingLeft();
    expect(await started.headgate.silent).toBe(1);
    expect(started.headgate.errors()).toMatch(/^headgate: runner cluster: .*etcd has ended by itself:\n/);
    expect(started.headgate.errors()).not.toContain("    at ");
  });
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const cluster = (started: Started): Promise<number> => named(started, "unshare");

/** The first of its processes whose program ends in this. */
async function named({ processes }: Started, end: string): Promise<number> {
  for (const pid of await processes()) {
    const [program = ""] = (await readFile(`/proc/${String(pid)}/cmdline`, "latin1")).split("\0");
    if (program.endsWith(end)) return pid;
  }
  throw new Error(`no ${end} runs`);
}
