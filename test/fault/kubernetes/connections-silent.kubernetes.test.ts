// Needs the rig: it stops and kills what a cluster runs on.
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { chance } from "../kube/chance.ts";
import { inBackground } from "./background.ts";
import { churn } from "./churn.ts";
import { expectFaultFree } from "./end-state.ts";
import { settled } from "./settled.ts";
import { startSilentProxy } from "./silent-proxy.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const namespace = "silent";
const watches = 5;
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.namespace(namespace);
});
afterAll(() => stage.close());

test(
  `connections that go dead without a word are noticed after the read timeout, and nothing is missed (HEADGATE_SEED=${seed})`,
  { timeout: 240_000 },
  async () => {
    const { client } = stage;
    const random = chance(seed, "silence");
    const { hostname, port } = new URL(stage.access.server);
    const proxy = await startSilentProxy({ host: hostname, port: Number(port) });
    const people = churn(client, { namespace, seed });
    const operator = await stage.startOperator({
      // The API server's certificate is for this name too.
      server: `https://localhost:${String(proxy.port)}`,
      flags: ["--watch-read-timeout=3"],
    });
    const work = inBackground(people);
    await vi.waitUntil(() => operator.logged("reconciled") > 20, { timeout: 60_000 });

    // Some of them, then all that there are.
    await work.steps(20);
    proxy.silence(() => random() < 0.5);
    await work.steps(20);
    expect(proxy.silence(() => true)).toBeGreaterThan(0);
    await work.steps(40);
    await work.stop();
    await settled(stage, namespace, [operator]);

    expect(await operator.metric("headgate_watch_reconnects")).toBeGreaterThanOrEqual(watches);
    expect(await operator.metric("headgate_watch_relists")).toBe(watches);
    expect(await operator.metric("headgate_watch_missed_events")).toBe(0);
    expect(operator.errors()).toContain('"code":"STALLED"');
    // New connections were good all the time: there was no reason to give up leading.
    expect(operator.logged("leading")).toBe(1);
    expect(await operator.stop()).toBe(0);
    await proxy.close();
    await people.foreign.check();
    await expectFaultFree(stage, namespace);
  },
);
