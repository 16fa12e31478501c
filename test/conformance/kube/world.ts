import type { KubeObject, ObjectMeta, ObjectRef, ResourceType } from "@headgate/api";
import { nameKey } from "@headgate/api";
import type { Client, Runner, Sink } from "@headgate/kube";
import { connect } from "@headgate/kube";
import { vi } from "vitest";
import type { RigServer } from "./rig.ts";

/** What a law works with: a client, a namespace of its own, and things that end with it. */
export interface World {
  readonly server: RigServer;
  readonly client: Client;
  readonly namespace: string;
  readonly configMap: (name: string, data?: Readonly<Record<string, string>>, more?: Partial<ObjectMeta>) => KubeObject;
  readonly service: (name: string, more?: Partial<ObjectMeta>) => KubeObject;
  /** The reference to an object by its name, without its uid. */
  readonly ref: (object: KubeObject) => ObjectRef;
  /** Runs until the law is over; a failure of it is a failure of the law. */
  readonly start: (runner: Runner) => { stop(): Promise<void> };
}

export const ConfigMap: ResourceType = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

let count = 0;

/** Runs a law in a world, and takes everything away afterwards. */
export async function inWorld(server: RigServer, law: (world: World) => Promise<void>): Promise<void> {
  const client = connect(server.access);
  const namespace = `law-${Date.now().toString(36)}-${++count}`;
  const running: { stop(): Promise<void> }[] = [];
  const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({
    namespace,
    name,
    ...more,
  });
  const labels = server.namespaceLabels ?? {};
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  try {
    await law({
      server,
      client,
      namespace,
      configMap: (name, data = {}, more) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: meta(name, more), data }),
      service: (name, more) => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: meta(name, more),
        spec: { ports: [{ name: "http", port: 80, protocol: "TCP" }] },
      }),
      ref: ({ apiVersion, kind, metadata: { name } }) => ({ apiVersion, kind, namespace, name }),
      start: (runner) => {
        const stop = new AbortController();
        const run = runner.run(stop.signal);
        run.catch(() => undefined);
        const started = {
          stop: async () => {
            stop.abort();
            await run;
          },
        };
        running.push(started);
        return started;
      },
    });
  } finally {
    await Promise.all(running.map((runner) => runner.stop()));
    await client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace }).catch(() => undefined);
    await client.close();
  }
}

/** A sink that keeps what it is told, by name. */
export function keepingSink(): Sink & { readonly held: Map<string, KubeObject> } {
  const held = new Map<string, KubeObject>();
  return {
    held,
    replace: (objects) => {
      held.clear();
      for (const object of objects) held.set(nameKey(object.metadata), object);
    },
    upsert: (object) => void held.set(nameKey(object.metadata), object),
    remove: ({ metadata }) => void held.delete(nameKey(metadata)),
  };
}

/** Versions by name: enough to tell whether two sets of objects are the same. */
export function versionsOf(objects: Iterable<KubeObject>): Record<string, string | undefined> {
  return Object.fromEntries(
    [...objects]
      .map(({ metadata }) => [nameKey(metadata), metadata.resourceVersion] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

export function eventually(holds: () => boolean | Promise<boolean>, timeout = 30_000): Promise<unknown> {
  return vi.waitUntil(holds, { timeout, interval: 20 });
}

/** An event as a watch sends it. */
export interface RawEvent {
  readonly type: string;
  readonly object: KubeObject;
}

/** Reads the events of a watch until there are `enough`, or the watch ends. */
export async function readEvents(
  client: Client,
  type: ResourceType,
  from: {
    readonly namespace: string;
    readonly resourceVersion: string;
    readonly labelSelector?: string;
    readonly timeoutSeconds?: number;
    /** Done as soon as the watch is open. */
    readonly meanwhile?: () => Promise<unknown>;
  },
  enough: (events: readonly RawEvent[]) => boolean,
): Promise<readonly RawEvent[]> {
  const events: RawEvent[] = [];
  const stop = new AbortController();
  const { meanwhile, ...options } = from;
  const body = await client.watch(type, { timeoutSeconds: 120, ...options, signal: stop.signal });
  await meanwhile?.();
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    events.push(...lines.map((line) => JSON.parse(line) as RawEvent));
    if (enough(events)) break;
  }
  stop.abort();
  return events;
}
