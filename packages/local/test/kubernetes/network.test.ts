import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  isInOwnNetwork,
  networkObstacle,
  podNetwork,
  runInOwnNetwork,
  startInOwnNetwork,
} from "../../src/kubernetes/network.ts";

const obstacle = await networkObstacle();

test("clusters side by side have ranges of their own, and there are ten", () => {
  expect(podNetwork()).toEqual({ nodeAddress: "10.244.0.1", podCidr: "10.244.0.0/16" });
  expect(podNetwork(9)).toEqual({ nodeAddress: "10.253.0.1", podCidr: "10.253.0.0/16" });
  for (const index of [-1, 10, 0.5]) expect(() => podNetwork(index)).toThrow("there are ten networks");
});

test("a machine without the programs is told what is missing and what to install", async () => {
  const empty = await mkdtemp(join(tmpdir(), "headgate-empty-"));
  onTestFinished(() => rm(empty, { recursive: true }));
  const said = await networkObstacle({ PATH: empty });
  if (process.platform === "linux") expect(said).toMatch(/unshare.*\(Debian: apt-get install util-linux.*\)$/);
  else expect(said).toContain("needs Linux");
});

test("a machine that refuses is told why, and what would help", async (context) => {
  if (process.platform !== "linux") context.skip("needs Linux");
  const folder = await mkdtemp(join(tmpdir(), "headgate-refusing-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ["unshare", "ip"])
    await writeFile(join(folder, name), "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n", {
      mode: 0o755,
    });
  expect(await networkObstacle({ PATH: `${folder}:${process.env["PATH"] ?? ""}` })).toMatch(
    /^this machine refuses a network namespace \(unshare failed: Operation not permitted\): .*(capabilities|user namespaces)/,
  );
});

describe.skipIf(obstacle !== undefined)(
  `in a namespace${obstacle === undefined ? "" : ` (skipped: ${obstacle})`}`,
  () => {
    test("every address of the ranges can be bound, and the program knows where it is", async () => {
      expect(isInOwnNetwork({})).toBe(false);
      const script = `
      if (process.env.HEADGATE_NETWORK_NAMESPACE !== "1") process.exit(3);
      const { createServer } = require("node:net");
      const hosts = ["10.244.0.1", "10.244.200.7", "10.253.255.254"];
      let left = hosts.length;
      for (const host of hosts) createServer().listen(8080, host, () => { if (--left === 0) process.exit(7); });
    `;
      expect(await runInOwnNetwork([process.execPath, "-e", script])).toBe(7);
    });

    test("its end is the end of all that it has started, whatever group that is in", async () => {
      const { child, folder } = await withStray();
      // The program ends; what it left running holds the file open no longer.
      child.stdin?.end();
      await once(child, "exit");
      await strayGone(folder);
    });

    test("killing it kills all that runs inside", async () => {
      const { child, folder } = await withStray();
      child.kill("SIGKILL");
      await once(child, "exit");
      await strayGone(folder);
    });

    test("when the one who started it is killed, its standard input ends, and then it does", async () => {
      const starter = fileURLToPath(new URL("starter.ts", import.meta.url));
      const folder = await mkdtemp(join(tmpdir(), "headgate-stray-"));
      onTestFinished(() => rm(folder, { recursive: true }));
      const outer = spawn(process.execPath, ["--conditions=@headgate/source", starter, ...stray(folder)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(createInterface(outer.stdout), "line");
      outer.kill("SIGKILL");
      await once(outer, "exit");
      await strayGone(folder);
    });

    test("an exit status comes out", async () => {
      expect(await runInOwnNetwork(["sh", "-c", "exit 5"])).toBe(5);
      expect(await runInOwnNetwork(["sh", "-c", "kill -KILL $$"])).toBe(137);
    });
  },
);

/** A program that starts another in a session of its own, which writes a file each moment; it ends with its standard input. */
function stray(folder: string): string[] {
  const beat = `while true; do echo x > ${join(folder, "beat")}; sleep 0.05; done`;
  return [
    "sh",
    "-c",
    `setsid sh -c '${beat}' & while [ ! -e ${join(folder, "beat")} ]; do sleep 0.02; done; echo on; cat`,
  ];
}

async function withStray(): Promise<{ readonly child: ChildProcess; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-stray-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const child = startInOwnNetwork(stray(folder), { stdout: "pipe" });
  if (child.stdout !== null) await once(createInterface(child.stdout), "line");
  return { child, folder };
}

/** Nobody writes the file any more: removed, it stays away for many of its writer's beats. */
async function strayGone(folder: string): Promise<void> {
  const beat = join(folder, "beat");
  await vi.waitFor(
    async () => {
      await rm(beat, { force: true });
      const until = Date.now() + 400;
      await vi.waitUntil(() => existsSync(beat) || Date.now() > until, { timeout: 5_000, interval: 20 });
      expect(existsSync(beat)).toBe(false);
    },
    { timeout: 60_000 },
  );
}
