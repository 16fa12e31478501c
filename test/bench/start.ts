/** The main job from a cold start: how long until the first request is routed to a sample pod. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { aFreePort } from "../e2e/free-port.ts";
import { startHeadgate } from "../e2e/headgate-process.ts";
import type { Bar } from "./bar.ts";

const runs = 5;

export async function bench(): Promise<readonly Bar[]> {
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) seconds.push(await firstRoutedRequest());
  seconds.sort((a, b) => a - b);
  process.stdout.write(
    `seconds from start to first routed request: ${seconds.map((one) => one.toFixed(2)).join(", ")}\n`,
  );
  return [{ name: "start-to-first-routed-request", value: seconds.at(-1) ?? NaN, unit: "s", limit: { below: 10 } }];
}

async function firstRoutedRequest(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-start-"));
  const port = await aFreePort();
  const startedAt = performance.now();
  const headgate = startHeadgate(["local", "--demo", "pod-routes", "--gateway-port-offset", String(port - 80)], folder);
  try {
    while (!(await isRouted(port))) {
      if (performance.now() - startedAt > 60_000) throw new Error(`no request was routed: ${headgate.errors()}`);
      await delay(20);
    }
    return (performance.now() - startedAt) / 1000;
  } finally {
    await headgate.stop();
    await rm(folder, { recursive: true });
  }
}

async function isRouted(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/pp-aaa/`);
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}
