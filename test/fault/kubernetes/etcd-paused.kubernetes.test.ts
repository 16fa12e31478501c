// Needs the rig: it stops and kills what a cluster runs on.
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { pause, systemClock } from "@headgate/kube";

import { inBackground } from "./background.ts";
import { churn } from "./churn.ts";
import { expectFaultFree } from "./end-state.ts";
import { settled } from "./settled.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const namespace = "paused";
/** Longer than a lease. */
const pausedMs = 20_000;
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.namespace(namespace);
});
afterAll(() => stage.close());

test(
  `etcd that stands still for 20 s costs the leader its lease and nothing else (HEADGATE_SEED=${seed})`,
  { timeout: 240_000 },
  async () => {
    const { client, controlPlane } = stage;
    const people = churn(client, { namespace, seed });
    const operator = await stage.startOperator();
    const work = inBackground(people);
    await vi.waitUntil(() => operator.logged("reconciled") > 20, { timeout: 60_000 });

    const end = pause(systemClock, pausedMs, new AbortController().signal);
    controlPlane.etcd.signal("SIGSTOP");
    try {
      await vi.waitFor(
        async () => {
          expect(await operator.metric("leader_election_master_status")).toBe(0);
        },
        { timeout: pausedMs, interval: 200 },
      );
      const written = operator.logged("reconciled");
      await end;
      expect(operator.logged("reconciled")).toBe(written);
    } finally {
      controlPlane.etcd.signal("SIGCONT");
    }
    await work.steps(40);
    await work.stop();
    await settled(stage, namespace, [operator]);
    expect(operator.logged("leading")).toBe(2);
    expect(await operator.metric("headgate_watch_missed_events")).toBe(0);
    expect(await operator.stop()).toBe(0);
    await people.foreign.check();
    await expectFaultFree(stage, namespace);
  },
);
