import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";

import { aFreePort } from "./free-port.ts";
import { startHeadgate } from "./headgate-process.ts";

test("where a machine has one loopback address only, the gateway still reaches each pod", async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-mapped-"));
  const port = await aFreePort();
  const args = ["local", "--demo", "pod-routes", "--addressing", "mapped", "--gateway-port-offset", String(port - 80)];
  const headgate = startHeadgate(args, folder);
  onTestFinished(async () => {
    await headgate.stop();
    await rm(folder, { recursive: true });
  });
  for (const [path, pod] of [
    ["pp-aaa", "pp-aaa"],
    ["bbb", "pp-bbb"],
    ["pp-ccc", "pp-ccc"],
  ]) {
    await vi.waitFor(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/${path}/`);
      expect(answer.status, headgate.errors()).toBe(200);
      expect(await answer.json()).toMatchObject({ pod });
    }, 90_000);
  }
}, 300_000);
