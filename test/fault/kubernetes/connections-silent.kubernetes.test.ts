// Needs the rig: it stops and kills what a cluster runs on.
import { expect, vi } from "vitest";
import { startSilentProxy } from "./silent-proxy.ts";
import { troubleTest } from "./trouble.ts";

const watches = 5;

troubleTest(
  {
    name: "connections that go dead without a word are noticed after the read timeout, and nothing is missed",
    namespace: "silent",
    timeout: 480_000,
  },
  async ({ stage, random, begin }) => {
    const { hostname, port } = new URL(stage.access.server);
    const proxy = await startSilentProxy({ host: hostname, port: Number(port) });
    const { operator, work } = await begin({
      // The API server's certificate is for this name too.
      server: `https://localhost:${String(proxy.port)}`,
      flags: ["--watch-read-timeout=3"],
    });
    await vi.waitUntil(() => operator.logged("reconciled") > 20, { timeout: 150_000 });

    // Some of them, then all that there are.
    await work.steps(20);
    // All but one, which is there for the second time.
    proxy.silence((index) => index > 0 && random() < 0.5);
    await work.steps(20);
    expect(proxy.silence(() => true)).toBeGreaterThan(0);
    await work.steps(40);
    return async () => {
      expect(await operator.metric("headgate_watch_reconnects")).toBeGreaterThanOrEqual(watches);
      expect(await operator.metric("headgate_watch_relists")).toBe(watches);
      expect(await operator.metric("headgate_watch_missed_events")).toBe(0);
      expect(operator.errors()).toContain('"code":"STALLED"');
      // New connections were good all the time: there was no reason to give up leading.
      expect(operator.logged("leading")).toBe(1);
      // Through it, it also gives back its Lease.
      expect(await operator.stop()).toBe(0);
      await proxy.close();
    };
  },
);
