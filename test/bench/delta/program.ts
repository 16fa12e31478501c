/**
 * One program, written twice: pods are mapped to what matters, the ready ones are kept, joined with their services, and
 * reduced to one summary for each service. Each engine keeps its answer in a Map, as a subscriber would.
 */
import { filter, graph, groupBy, join, map } from "@headgate/delta";
import * as ivm from "@tanstack/db-ivm";
import { generator } from "./measure.ts";

export interface Pod {
  readonly name: string;
  readonly labels: { readonly app: string; readonly zone: string };
  readonly status: { readonly ready: boolean; readonly cpu: number; readonly ip: string };
}
export interface Service {
  readonly name: string;
  readonly port: number;
}
export interface Summary {
  readonly service: string;
  readonly pods: number;
  readonly capacity: number;
}
type Work = Readonly<Record<"app" | "ip", string>> & { readonly ready: boolean; readonly cpu: number };

/** An update of one pod, as a watch tells it: `after`. What was there `before` is for taking the event back. */
export interface Event {
  readonly before: Pod;
  readonly after: Pod;
}

export interface Engine {
  readonly name: string;
  /** A fresh run of the program. */
  start(): Run;
}

export interface Run {
  load(pods: readonly Pod[], services: readonly Service[]): void;
  update(event: Event): void;
  readonly answer: ReadonlyMap<string, Summary>;
}

const work = (pod: Pod): Work => ({
  app: pod.labels.app,
  ip: pod.status.ip,
  ready: pod.status.ready,
  cpu: pod.status.cpu,
});
const isReady = (pod: Work): boolean => pod.ready;
const portion = (pod: Work, service: Service): number => pod.cpu * service.port;

export const delta: Engine = {
  name: "delta",
  start() {
    const g = graph();
    const pods = g.input<Pod>({ name: "pods" });
    const services = g.input<Service>({ name: "services" });
    const ready = filter(map(pods, { name: "work", row: work }), { name: "ready", where: isReady });
    const backed = join(ready, services, {
      name: "backed",
      leftKey: (pod) => pod.app,
      rightKey: (service) => service.name,
      row: (pod, service) => ({ service: service.name, share: portion(pod, service) }),
    });
    const summaries = groupBy(backed, {
      name: "summaries",
      by: (row) => row.service,
      reduce(rows, service): Summary {
        let capacity = 0;
        for (const entry of rows) capacity += entry[1].share;
        return { service, pods: rows.length, capacity };
      },
    });
    const answer = new Map<string, Summary>();
    summaries.subscribe((changes) => {
      for (const { key, after } of changes) {
        if (after === undefined) answer.delete(key);
        else answer.set(key, after);
      }
    });
    return {
      answer,
      load(allPods, allServices) {
        g.turn((turn) => {
          for (const pod of allPods) turn.set(pods, pod.name, pod);
          for (const service of allServices) turn.set(services, service.name, service);
        });
      },
      update({ after }) {
        g.turn((turn) => {
          turn.set(pods, after.name, after);
        });
      },
    };
  },
};

/** The peer, with `[identity, row]` values: the form that its indexes take without hashing the row. */
export const peer: Engine = {
  name: "@tanstack/db-ivm",
  start() {
    const g = new ivm.D2();
    const pods = g.newInput<[string, Pod]>();
    const services = g.newInput<[string, Service]>();
    const answer = new Map<string, Summary>();
    const byApp = pods.pipe(
      ivm.map(([key, pod]): [string, Work] => [key, work(pod)]),
      ivm.filter(([, pod]) => isReady(pod)),
      ivm.map(([key, pod]): [string, [string, Work]] => [pod.app, [key, pod]]),
    );
    // An event says what a pod is now. The engine wants what it was, too: its caller has to remember.
    const known = new Map<string, Pod>();
    const byName = services.pipe(
      ivm.map(([key, service]): [string, [string, Service]] => [service.name, [key, service]]),
    );
    byApp.pipe(
      ivm.join(byName, "inner"),
      ivm.map(([, [pod, service]]): [string, [string, number]] => {
        if (pod === null || service === null) throw new Error("an inner join has both sides");
        return [service[1].name, [pod[0], portion(pod[1], service[1])]];
      }),
      ivm.reduce((values: [[string, number], number][]): [Omit<Summary, "service">, number][] => {
        let [count, capacity] = [0, 0];
        for (const entry of values) {
          count += entry[1];
          capacity += entry[0][1] * entry[1];
        }
        return count === 0 ? [] : [[{ pods: count, capacity }, 1]];
      }),
      ivm.output((message) => {
        const changes = message.getInner();
        for (const [[service], times] of changes) if (times < 0) answer.delete(service);
        for (const [[service, summary], times] of changes) if (times > 0) answer.set(service, { service, ...summary });
      }),
    );
    g.finalize();
    return {
      answer,
      load(allPods, allServices) {
        for (const pod of allPods) known.set(pod.name, pod);
        pods.sendData(allPods.map((pod) => [[pod.name, pod], 1]));
        services.sendData(allServices.map((service) => [[service.name, service], 1]));
        g.run();
      },
      update({ after }) {
        const before = known.get(after.name);
        known.set(after.name, after);
        pods.sendData(
          before
            ? [
                [[before.name, before], -1],
                [[after.name, after], 1],
              ]
            : [[[after.name, after], 1]],
        );
        g.run();
      },
    };
  },
};

export interface Story {
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly events: readonly Event[];
}

/** A cluster and what happens in it: pods become ready and unready, and use more and less. */
export function story(size: { readonly services: number; readonly podsEach: number; readonly events: number }): Story {
  const random = generator(42);
  const services = Array.from({ length: size.services }, (_, i) => ({
    name: `service-${String(i)}`,
    port: 80 + (i % 7),
  }));
  const pods = Array.from({ length: size.services * size.podsEach }, (_, i): Pod => ({
    name: `shop/pod-${String(i)}`,
    labels: { app: `service-${String(i % size.services)}`, zone: `zone-${String(i % 3)}` },
    status: { ready: i % 4 !== 0, cpu: i % 100, ip: `10.0.${String(i >> 8)}.${String(i & 255)}` },
  }));
  const now = [...pods];
  const events = Array.from({ length: size.events }, (): Event => {
    const i = random(now.length);
    const before = now[i];
    if (before === undefined) throw new Error("no pod");
    const status = { ...before.status, ready: random(10) > 1, cpu: random(1000) };
    const after = { ...before, status };
    now[i] = after;
    return { before, after };
  });
  return { pods, services, events };
}
