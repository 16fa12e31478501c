import type { KubeObject } from "@headgate/api";
import { resourceTypes } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { connect, listAll, pause, supervise, systemClock } from "@headgate/kube";
import { expect, test, vi } from "vitest";
import { createStorage, startApiServer } from "@headgate/local";
import { chance, seeds } from "./chance.ts";
import type { FaultProxy, FaultRates } from "./fault-proxy.ts";
import { noFaults, startFaultProxy } from "./fault-proxy.ts";
import type { Squatters } from "./people.ts";
import { actLikePeople } from "./people.ts";
import { quickClock } from "./quick-clock.ts";
import type { SmallController } from "./small-controller.ts";
import { ConfigMap, copiesOf, smallController, sourceLabels } from "./small-controller.ts";

const speed = 10;
const never = 1_000_000_000;
const bookmarkIntervalMs = 30;

/** Whatever an API server and a network may do of themselves. */
const everything: FaultRates = {
  request: {
    "dropped before the server saw it": 0.04,
    "carried out, answer lost": 0.04,
    "black hole": 0.02,
    "409": 0.03,
    "410": 0.03,
    "429": 0.03,
    "500": 0.03,
    "503": 0.03,
  },
  stream: {
    repeated: 0.05,
    "earlier event repeated": 0.05,
    "swapped with the next of another object": 0.05,
    closed: 0.01,
    reset: 0.01,
    "cut in the middle": 0.01,
    "silent for ever": 0.01,
    garbled: 0.005,
    "410 event": 0.01,
    "500 event": 0.01,
  },
};

interface Stage {
  readonly proxy: FaultProxy;
  /** Straight to the API server, past all faults. */
  readonly direct: Client;
  readonly controller: SmallController;
  readonly revision: () => number;
  /** What made the controller stop, if anything did. */
  readonly bugs: readonly unknown[];
  restart(forgetting: boolean): Promise<void>;
}

/** Sets up server, proxy and controller for one seed, and takes all of it down again. */
async function onStage(
  options: { readonly seed: number; readonly rates: FaultRates; readonly compareEveryMs: number },
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const storage = createStorage();
  let server = await startApiServer({ storage, bookmarkIntervalMs });
  const { port, url } = server;
  const proxy = await startFaultProxy({ target: url, ...options });
  const clock = quickClock(speed, chance(options.seed, "clock"));
  const client = connect({ server: proxy.url }, { clock, timeoutMs: 3_000 });
  let direct = connect({ server: url });
  const controller = smallController(client, { clock, compareEveryMs: options.compareEveryMs, readTimeoutMs: 3_000 });
  const stop = new AbortController();
  const run = supervise(controller.runners, stop.signal);
  const bugs: unknown[] = [];
  run.catch((error: unknown) => bugs.push(error));
  try {
    await play({
      proxy,
      get direct() {
        return direct;
      },
      controller,
      bugs,
      revision: () => storage.revision,
      restart: async (forgetting) => {
        await server.close();
        if (forgetting) storage.compact();
        server = await startApiServer({ storage, bookmarkIntervalMs, port });
        // People start afresh; only the controller has to cope with connections that died.
        await direct.close();
        direct = connect({ server: url });
      },
    });
  } finally {
    stop.abort();
    await run.catch(() => undefined);
    await Promise.all([client.close(), direct.close()]);
    await proxy.close();
    await server.close();
  }
}

/** What differs between what the controller holds and what there is, and between what there is and what the sources want. */
async function differences({ direct, controller, bugs }: Stage): Promise<readonly string[]> {
  const maps = (await listAll(direct, ConfigMap)).items;
  const services = (await listAll(direct, resourceTypes.Service)).items;
  const isSource = ({ metadata }: KubeObject): boolean => metadata.labels?.["role"] === sourceLabels.role;
  const isCopy = (object: KubeObject): boolean => !isSource(object) && object.metadata.name.endsWith("-copy");
  for (const bug of bugs) throw bug;
  return [
    ...compare("held", controller.held("ConfigMap").map(version), maps.map(version)),
    ...compare("held", controller.held("Service").map(version), services.map(version)),
    ...compare(
      "there",
      [...maps, ...services].filter(isCopy).map(look),
      maps.filter(isSource).flatMap(copiesOf).map(look),
    ),
    ...(controller.open === 0 ? [] : [`${controller.open} actions are open`]),
  ];
}

function compare(what: string, found: readonly string[], right: readonly string[]): readonly string[] {
  return [
    ...found.filter((one) => !right.includes(one)).map((one) => `${what}, but not right: ${one}`),
    ...right.filter((one) => !found.includes(one)).map((one) => `right, but not ${what}: ${one}`),
  ];
}

function version({ kind, metadata: { namespace = "", name, resourceVersion = "" } }: KubeObject): string {
  return `${kind} ${namespace}/${name} ${resourceVersion}`;
}

function look({ kind, metadata: { name, labels, ownerReferences }, data }: KubeObject): string {
  return JSON.stringify([kind, name, ownerReferences?.map(({ uid }) => uid), sorted(labels), sorted(data)]);
}

/** Waits until nothing differs any more; says what does when that takes too long. */
async function convergence(stage: Stage): Promise<void> {
  let left: readonly string[] = [];
  try {
    await vi.waitUntil(async () => (left = await differences(stage)).length === 0, patience);
  } catch (cause) {
    if (stage.bugs.length > 0) throw cause;
    const { reflectors, actions } = stage.controller;
    const state = [...Object.values(reflectors).map(({ stats }) => stats), actions.stats].map((stats) =>
      JSON.stringify(stats),
    );
    throw new Error(["it did not converge:", ...left, ...state].join("\n"), { cause });
  }
}

function sorted(data: unknown): unknown {
  return Object.entries(data ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** People at work, with the server restarting now and then; whose objects in our way are left in peace. */
async function peopleAtWork(stage: Stage, seed: number, things: number): Promise<void> {
  const random = chance(seed, "people");
  const squatters: Squatters = new Map();
  for (let thing = 0; thing < things; thing++) {
    if (random() < 0.04) await stage.restart(random() < 0.5);
    await actLikePeople(stage.direct, random, squatters);
    if (random() < 0.5) await pause(systemClock, random() * 15, new AbortController().signal);
  }
  for (const squatter of squatters.values()) {
    const { apiVersion, kind, metadata } = squatter;
    const ref = { apiVersion, kind, ...metadata };
    expect(await stage.direct.get(ref)).toEqual(squatter);
    await stage.direct.delete(ref);
  }
}

const patience = { timeout: 25_000, interval: 25 };

for (const seed of seeds(4)) {
  test(
    `whatever fails, the controller ends where it would without faults: seed ${seed}`,
    { timeout: 150_000 },
    async () => {
      await onStage({ seed, rates: everything, compareEveryMs: never }, async (stage) => {
        await peopleAtWork(stage, seed, 60);
        await convergence(stage);
        expect(stage.proxy.struck.size).toBeGreaterThan(5);

        // At rest: nothing is written any more, though watches go on.
        stage.proxy.rates = noFaults;
        await convergence(stage);
        await stage.controller.actions.idle();
        const { writes } = stage.proxy;
        const revision = stage.revision();
        const { services } = stage.controller.reflectors;
        const events = services.stats.events;
        await vi.waitUntil(() => services.stats.events > events + 5, patience);
        expect([stage.proxy.writes, stage.revision()]).toEqual([writes, revision]);
      });
    },
  );

  test(`a watch that loses events is found out by comparing lists: seed ${seed}`, { timeout: 150_000 }, async () => {
    const rates = { request: everything.request, stream: { ...everything.stream, lost: 0.2 } };
    await onStage({ seed, rates, compareEveryMs: 3_000 }, async (stage) => {
      await peopleAtWork(stage, seed, 30);
      await convergence(stage);
    });
  });
}

test("a watch that loses an event is put right by the next comparing list, and the miss is counted", async () => {
  await onStage({ seed: 1, rates: { request: {}, stream: { lost: 1 } }, compareEveryMs: 2_000 }, async (stage) => {
    const { sources } = stage.controller.reflectors;
    await sources.synced;
    await vi.waitUntil(() => sources.stats.events > 0, patience);
    await stage.direct.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "default", name: "s1", labels: sourceLabels },
      data: {},
    });
    await convergence(stage);
    await vi.waitUntil(() => sources.stats.misses === 1, patience);
    expect(sources.stats.lists).toBe(1);
  });
});

test("when every byte vanishes for a while, nothing is missed and nothing hangs", async () => {
  await onStage({ seed: 1, rates: noFaults, compareEveryMs: never }, async (stage) => {
    const source = (name: string): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "default", name, labels: sourceLabels },
      data: { name },
    });
    const { sources } = stage.controller.reflectors;
    await stage.direct.create(source("before"));
    await convergence(stage);
    stage.proxy.partitioned = true;
    await stage.direct.create(source("during"));
    await stage.direct.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "before" });
    await vi
      .waitUntil(() => sources.stats.lastError?.code === "STALLED" && sources.stats.failures > 1, patience)
      .catch(() => undefined);
    expect(sources.stats.lastError?.code).toMatch(/STALLED|TIMEOUT/);
    expect(sources.lastEventAge()).toBeGreaterThan(3_000);
    stage.proxy.partitioned = false;
    await convergence(stage);
    expect(sources.stats.lists).toBe(1);
  });
});
