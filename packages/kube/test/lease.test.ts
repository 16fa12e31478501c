import type { KubeObject } from "@headgate/api";
import type { FakeClock } from "@headgate/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Client, Clock, Lease, LeaseOptions } from "../src/index.ts";
import { connect, lease } from "../src/index.ts";
import { patience } from "./patience.ts";
import { answer, scriptedServer, status } from "./scripted-server.ts";
import { virtualClock } from "./virtual-clock.ts";

/** One Lease with optimistic concurrency, as the API server keeps it; `down` makes it fail. */
async function leaseServer(): Promise<{
  url: string;
  down: boolean;
  /** How many of the next requests get no answer. */
  swallows: number;
  puts: number;
  spec: () => Record<string, unknown>;
}> {
  let stored: KubeObject | undefined;
  let version = 0;
  const state = {
    url: "",
    down: false,
    swallows: 0,
    puts: 0,
    spec: () => (stored?.spec ?? {}) as Record<string, unknown>,
  };
  const { url } = await scriptedServer(({ method, body }, response) => {
    if (state.swallows > 0) {
      state.swallows -= 1;
      return;
    }
    if (state.down) {
      answer(response, 503, status(503, "ServiceUnavailable"));
      return;
    }
    if (method === "GET") {
      if (stored === undefined) answer(response, 404, status(404, "NotFound"));
      else answer(response, 200, stored);
      return;
    }
    const sent = body as KubeObject;
    if (method === "POST" && stored !== undefined) answer(response, 409, status(409, "AlreadyExists"));
    else if (method === "PUT" && sent.metadata.resourceVersion !== stored?.metadata.resourceVersion) {
      answer(response, 409, status(409, "Conflict"));
    } else {
      if (method === "PUT") state.puts += 1;
      stored = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(++version) } };
      answer(response, 200, stored);
    }
  });
  state.url = url;
  return state;
}

interface Candidate {
  readonly lease: Lease;
  readonly time: FakeClock;
  readonly client: Client;
  /** How often it began to lead. */
  terms: number;
  stop(): Promise<void>;
}

/** A candidate with a clock of its own, which is wrong by `skew`. */
function candidate(url: string, identity: string, options: Partial<LeaseOptions> & { skew?: number } = {}): Candidate {
  const { time, clock } = virtualClock(options.skew ?? 0);
  const client = connect({ server: url });
  const stop = new AbortController();
  const it: Candidate = {
    terms: 0,
    time,
    client,
    lease: lease(client, {
      namespace: "headgate",
      name: "operator",
      identity,
      clock: options.clock ?? clock,
      lead: async (signal) => {
        it.terms += 1;
        await new Promise((resolve) => {
          if (signal.aborted) resolve(undefined);
          signal.addEventListener("abort", resolve, { once: true });
        });
      },
      ...options,
    }),
    stop: async () => {
      stop.abort();
      await run.catch(() => undefined);
      await client.close();
    },
  };
  const run = it.lease.run(stop.signal);
  run.catch(() => undefined);
  onTestFinished(() => it.stop());
  return it;
}

/** Moves clocks on in steps of a second, letting requests be answered in between. */
async function pass(ms: number, ...clocks: FakeClock[]): Promise<void> {
  for (let moved = 0; moved < ms; moved += 500) {
    for (const clock of clocks) await clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
}

test("the first candidate leads and renews; the second waits", async () => {
  const server = await leaseServer();
  const a = candidate(server.url, "a");
  await vi.waitUntil(() => a.lease.leading, patience);
  const b = candidate(server.url, "b");
  await vi.waitUntil(() => b.lease.holder === "a", patience);
  await pass(40_000, a.time, b.time);
  expect([a.terms, b.terms]).toEqual([1, 0]);
  expect(server.puts).toBeGreaterThan(10);
  expect(server.spec()).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 0 });
  expect(server.spec()["renewTime"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test("a leader that stops releases, and the next one takes over without waiting for the lease to expire", async () => {
  const server = await leaseServer();
  const a = candidate(server.url, "a");
  await vi.waitUntil(() => a.lease.leading, patience);
  const b = candidate(server.url, "b");
  await vi.waitUntil(() => b.lease.holder === "a", patience);
  await a.stop();
  expect(server.spec()).toMatchObject({ holderIdentity: "" });
  await pass(3_000, b.time);
  await vi.waitUntil(() => b.lease.leading, patience);
  expect(server.spec()).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
});

test.each([-86_400_000, 86_400_000])(
  "a candidate whose clock is wrong by %i ms takes over a dead leader's lease, no sooner than due",
  async (skew) => {
    const server = await leaseServer();
    const a = candidate(server.url, "a", { skew: 1_000_000_000_000 });
    await vi.waitUntil(() => a.lease.leading, patience);
    const b = candidate(server.url, "b", { skew: 1_000_000_000_000 + skew });
    await vi.waitUntil(() => b.lease.holder === "a", patience);
    // a's clock stands still from here: it is dead to the others.
    await pass(14_000, b.time);
    expect(b.lease.leading).toBe(false);
    await pass(4_000, b.time);
    expect(b.lease.leading).toBe(true);
  },
);

test("a leader that can't renew stops leading before another one may begin, and stands again", async () => {
  const server = await leaseServer();
  const a = candidate(server.url, "a");
  await vi.waitUntil(() => a.lease.leading, patience);
  server.down = true;
  await pass(9_000, a.time);
  expect(a.lease.leading).toBe(true);
  await pass(2_000, a.time);
  expect(a.lease.leading).toBe(false);
  server.down = false;
  await pass(5_000, a.time);
  expect(a.lease.leading).toBe(true);
  expect(a.terms).toBe(2);
});

test("a renewal that gets no answer is tried again in time, on another connection", async () => {
  const server = await leaseServer();
  const a = candidate(server.url, "a");
  await vi.waitUntil(() => a.lease.leading, patience);
  server.swallows = 1;
  await pass(20_000, a.time);
  expect([server.swallows, a.terms, a.lease.leading]).toEqual([0, 1, true]);
});

test("a leader that stood still past its deadline learns it from the clock, before any timer tells", async () => {
  const server = await leaseServer();
  const { clock } = virtualClock();
  let stoodStill = 0;
  let check = (): void => undefined;
  let signal: AbortSignal | undefined;
  const a = candidate(server.url, "a", {
    clock: { ...clock, elapsed: () => clock.elapsed() + stoodStill },
    lead: async (aborted, checked) => {
      [signal, check] = [aborted, checked];
      await new Promise((resolve) => {
        aborted.addEventListener("abort", resolve, { once: true });
      });
    },
  });
  await vi.waitUntil(() => a.lease.leading, patience);
  stoodStill = 9_999;
  expect(check).not.toThrow();
  stoodStill = 10_000;
  expect(check).toThrow();
  expect(signal?.aborted).toBe(true);
});

test("a leader whose lease was taken stops at its next renewal", async () => {
  const server = await leaseServer();
  const a = candidate(server.url, "a");
  await vi.waitUntil(() => a.lease.leading, patience);
  const held = await a.client.get({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    namespace: "headgate",
    name: "operator",
  });
  await a.client.replace({ ...held, spec: { ...server.spec(), holderIdentity: "thief" } });
  await pass(3_000, a.time);
  expect(a.lease.leading).toBe(false);
  expect(a.lease.holder).toBe("thief");
  expect(server.spec()).toMatchObject({ holderIdentity: "thief" });
});

test("what the leader does may fail: the lease is released and the failure comes out", async () => {
  const server = await leaseServer();
  const client = connect({ server: server.url });
  onTestFinished(() => client.close());
  const bad = lease(client, {
    namespace: "x",
    name: "y",
    identity: "a",
    lead: () => Promise.reject(new Error("boiler burst")),
  });
  await expect(bad.run(new AbortController().signal)).rejects.toThrow("boiler burst");
  expect(server.spec()).toMatchObject({ holderIdentity: "" });
});

test("what the leader does may not end by itself", async () => {
  const server = await leaseServer();
  const client = connect({ server: server.url });
  onTestFinished(() => client.close());
  const idle = lease(client, { namespace: "x", name: "y", identity: "a", lead: () => Promise.resolve() });
  await expect(idle.run(new AbortController().signal)).rejects.toThrow("ended by itself");
});

test("durations that can't work are refused at once", () => {
  const clock: Clock = virtualClock().clock;
  const client = connect({ server: "http://127.0.0.1:1" });
  expect(() =>
    lease(client, {
      namespace: "x",
      name: "y",
      identity: "a",
      clock,
      durationMs: 5_000,
      lead: () => Promise.resolve(),
    }),
  ).toThrow("renewDeadlineMs < durationMs");
});
