import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Component, component } from "../../src/kubernetes/component.ts";

/** Long enough for a machine that is busy with something else. */
const patience = { timeout: 60_000, interval: 10 };

async function shell(script: string, env: Record<string, string> = {}): Promise<Component> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-component-"));
  const made = component({
    name: "part",
    program: "/bin/sh",
    args: ["-c", script],
    logFile: join(folder, "log"),
    env,
  });
  onTestFinished(async () => {
    await made.stop("SIGKILL");
    await rm(folder, { recursive: true });
  });
  return made;
}

const said = async ({ logFile }: Component, text: string): Promise<void> => {
  await vi.waitFor(async () => {
    expect(await readFile(logFile, "utf8")).toContain(text);
  }, patience);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("runs, ends when told to, and runs again with the same arguments and one log", async () => {
  const part = await shell('echo "on $WHO"; exec sleep 60', { WHO: "air" });
  expect(part.pid).toBeUndefined();
  part.start();
  await said(part, "on air\n");
  const first = part.pid ?? 0;
  expect(isAlive(first)).toBe(true);
  expect(() => {
    part.start();
  }).toThrow("part runs already");
  await part.stop();
  expect(part.pid).toBeUndefined();
  expect(isAlive(first)).toBe(false);
  await part.check();
  part.start();
  await said(part, "on air\non air\n");
  expect(part.pid).not.toBe(first);
});

test("a stopped process can be ended", async () => {
  const part = await shell("trap 'echo bye; exit 0' TERM; echo on; while true; do sleep 0.05; done");
  part.start();
  await said(part, "on\n");
  part.signal("SIGSTOP");
  await part.stop();
  expect(await readFile(part.logFile, "utf8")).toBe("on\nbye\n");
});

test("one that ends by itself is told of, with the end of what it said", async () => {
  const part = await shell("for i in $(seq 30); do echo line $i; done; exit 3");
  part.start();
  await vi.waitFor(() => {
    expect(part.pid).toBeUndefined();
  }, patience);
  const failure = await part.check().catch((error: unknown) => String(error));
  expect(failure).toMatch(/part has ended by itself:\nline 16\n[^]*line 30$/);
});

test("a program that is not there is told of by its name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-component-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const part = component({ name: "part", program: "/nowhere/x", args: [], logFile: join(folder, "log") });
  part.start();
  await vi.waitFor(async () => {
    await expect(part.check()).rejects.toThrow("part has ended by itself (spawn /nowhere/x ENOENT)");
  }, patience);
  await part.stop();
});
