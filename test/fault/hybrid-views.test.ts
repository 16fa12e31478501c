import type { KubeObject } from "@headgate/api";
import { OpError, refOf, resourceTypes } from "@headgate/api";
import { loadPipelines, supervise } from "@headgate/hybrid";
import type { ViewEvent } from "@headgate/hybrid";
import { connect, listAll, pause, systemClock } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";
import { expect, test, vi } from "vitest";
import { nameOf } from "../e2e/endpointslice-operator/names.ts";
import type { Chance } from "./kube/chance.ts";
import { chance, pick, seeds } from "./kube/chance.ts";
import type { FaultRates } from "./kube/fault-proxy.ts";
import { startFaultProxy } from "./kube/fault-proxy.ts";
import { quickClock } from "./kube/quick-clock.ts";

// A program that listens to a view hears the truth, each change once, whatever befalls the connection to the API server.

const spec = new URL("../../examples/endpointslice-operator/endpoints.yaml", import.meta.url);
const patience = { timeout: 25_000, interval: 25 };
const rates: FaultRates = {
  request: {
    "dropped before the server saw it": 0.05,
    "carried out, answer lost": 0.05,
    "black hole": 0.02,
    "410": 0.05,
    "429": 0.03,
    "500": 0.05,
    "503": 0.05,
  },
  stream: {
    repeated: 0.1,
    "earlier event repeated": 0.1,
    "swapped with the next of another object": 0.1,
    closed: 0.05,
    reset: 0.05,
    "cut in the middle": 0.05,
    "silent for ever": 0.02,
    garbled: 0.02,
    "410 event": 0.03,
    "500 event": 0.03,
  },
};

interface Endpoint {
  readonly spec: { readonly address: string; readonly port: number };
}

const serviceNames = ["a", "b", "c"];
const ports = [80, 443];

function service(name: string, random: Chance): KubeObject {
  const annotations = random() < 0.7 ? { "dcontroller.io/endpointslice-controller-enabled": "" } : {};
  const chosen = ports.filter(() => random() < 0.8);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", annotations },
    spec: {
      type: "ClusterIP",
      ports: (chosen.length === 0 ? [80] : chosen).map((port) => ({
        name: `p${port}`,
        protocol: "TCP",
        port,
        targetPort: port,
      })),
    },
  };
}

function slice(name: string, of: string, random: Chance): KubeObject {
  const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].filter(() => random() < 0.6);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": of } },
    addressType: "IPv4",
    ports: [],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: random() < 0.8 } })),
  };
}

/** One thing that happens in the cluster. */
async function act(client: Client, random: Chance): Promise<void> {
  const of = pick(serviceNames, random);
  const object = random() < 0.4 ? service(of, random) : slice(`${of}-${pick(["x", "y"], random)}`, of, random);
  const done = async (work: Promise<unknown>): Promise<boolean> => {
    try {
      await work;
      return true;
    } catch (error) {
      if (error instanceof OpError && (error.code === "NOT_FOUND" || error.code === "ALREADY_EXISTS")) return false;
      throw error;
    }
  };
  if (random() < 0.3) await done(client.delete(refOf(object)));
  else if (!(await done(client.create(object)))) {
    const { metadata } = await client.get(refOf(object));
    await client.replace({ ...object, metadata: { ...metadata, ...object.metadata } });
  }
}

/** The names of what there should be in the view, by plain loops over what there is in the cluster. */
async function wanted(client: Client): Promise<readonly string[]> {
  const services = (await listAll(client, resourceTypes.Service)).items as readonly (KubeObject & {
    readonly spec: { readonly ports: readonly { readonly port: number }[] };
  })[];
  const slices = (await listAll(client, resourceTypes.EndpointSlice)).items as readonly (KubeObject & {
    /** Absent or null when there is none. */
    readonly endpoints?:
      readonly { readonly addresses: readonly string[]; readonly conditions: { ready?: boolean } }[] | null;
  })[];
  const names = new Set<string>();
  for (const { metadata, spec: of } of services) {
    if (metadata.annotations?.["dcontroller.io/endpointslice-controller-enabled"] === undefined) continue;
    for (const { metadata: meta, endpoints } of slices)
      if (meta.labels?.["kubernetes.io/service-name"] === metadata.name)
        for (const { addresses, conditions } of endpoints ?? [])
          for (const address of conditions.ready === true ? addresses : [])
            for (const { port } of of.ports) {
              const rest = { protocol: "TCP", serviceName: metadata.name, targetPort: port, type: "ClusterIP" };
              names.add(nameOf({ address, port, ...rest }));
            }
  }
  return [...names].toSorted();
}

/** What someone knows who believes events; complains of one that does not go with those before. */
function believer(): { readonly hear: (event: ViewEvent<Endpoint>) => void; readonly known: () => readonly string[] } {
  const held = new Map<string, string>();
  return {
    hear: ({ type, name, object }) => {
      const text = JSON.stringify(object.spec);
      if (type === "Added" && held.has(name)) throw new Error(`${name} was Added twice`);
      if (type !== "Added" && !held.has(name)) throw new Error(`${name} was ${type} before it was Added`);
      if (type === "Updated" && held.get(name) === text) throw new Error(`${name} was Updated without a change`);
      if (type === "Deleted") held.delete(name);
      else held.set(name, text);
    },
    known: () => [...held.keys()].toSorted(),
  };
}

for (const seed of seeds(2)) {
  test(`whatever fails, a view's events add up to what there is: seed ${seed}`, { timeout: 60_000 }, async () => {
    const storage = createStorage();
    let server = await startApiServer({ storage, bookmarkIntervalMs: 30 });
    const proxy = await startFaultProxy({ target: server.url, seed, rates });
    const clock = quickClock(20, chance(seed, "clock"));
    const client = connect({ server: proxy.url }, { clock, timeoutMs: 3_000 });
    let direct = connect({ server: server.url });
    const pipelines = await loadPipelines(spec, { clock });
    const view = pipelines.view<Endpoint>("EndpointView");
    const failures: string[] = [];
    const stop = new AbortController();
    const [quick, slow] = [believer(), believer()];
    const listen = async (hear: (event: ViewEvent<Endpoint>) => void, ms: number): Promise<void> => {
      for await (const event of view.events(stop.signal)) {
        hear(event);
        if (ms > 0) await pause(systemClock, ms, stop.signal);
      }
    };
    const world = new Map<string, string>();
    const luck = chance(seed, "handler");
    const reconciler = view.reconcile(
      ({ type, name, object }) => {
        if (luck() < 0.2) throw new Error("before it was done");
        if (type === "Deleted") world.delete(name);
        else world.set(name, JSON.stringify(object.spec));
        if (luck() < 0.2) throw new Error("after it was done");
      },
      { onError: (_, { name }) => failures.push(name) },
    );
    const watch = pipelines.watch(client, {
      onError: () => undefined,
      reflect: { readTimeoutMs: 3_000, compareEveryMs: 1_000_000_000 },
    });
    const runs = [supervise([watch, reconciler], stop.signal), listen(quick.hear, 0), listen(slow.hear, 10)];
    const bugs: unknown[] = [];
    for (const run of runs) run.catch((error: unknown) => bugs.push(error));
    try {
      const random = chance(seed, "cluster");
      for (let step = 0; step < 80; step++) {
        if (step % 20 === 10) {
          const { port } = server;
          await server.close();
          if (random() < 0.5) storage.compact();
          server = await startApiServer({ storage, bookmarkIntervalMs: 30, port });
          await direct.close();
          direct = connect({ server: server.url });
        }
        await act(direct, random);
        if (random() < 0.3) await pause(systemClock, random() * 15, stop.signal);
      }
      const right = await wanted(direct);
      await vi.waitFor(() => {
        expect(bugs).toEqual([]);
        expect(
          view
            .objects()
            .map(({ spec: of }) => nameOf({ ...of } as Parameters<typeof nameOf>[0]))
            .toSorted(),
        ).toEqual(right);
        expect([quick.known(), slow.known(), [...world.keys()].toSorted()]).toEqual([right, right, right]);
      }, patience);
      expect(failures.length).toBeGreaterThan(0);
      expect(proxy.struck.size).toBeGreaterThan(3);
    } finally {
      stop.abort();
      await Promise.allSettled(runs);
      await Promise.all([client.close(), direct.close()]);
      await proxy.close();
      await server.close();
    }
  });
}
