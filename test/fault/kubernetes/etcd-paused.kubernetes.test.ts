// Needs the rig: it stops and kills what a cluster runs on.
import { pause, systemClock } from "@headgate/kube";
import { expect, vi } from "vitest";
import { troubleTest } from "./trouble.ts";

/** Longer than a lease. */
const pausedMs = 20_000;

troubleTest(
  {
    name: "etcd that stands still for 20 s costs the leader its lease and nothing else",
    namespace: "paused",
    timeout: 480_000,
  },
  async ({ stage: { controlPlane }, begin }) => {
    const { operator, work } = await begin();
    await vi.waitUntil(() => operator.logged("reconciled") > 20, { timeout: 150_000 });

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
    return async () => {
      expect(operator.logged("leading")).toBe(2);
      expect(await operator.metric("headgate_watch_missed_events")).toBe(0);
    };
  },
);
