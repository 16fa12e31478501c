import { randomUUID } from "node:crypto";
import { defaultPodRouteSettings, OpError, operatorCrd, resourceTypes } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { operator } from "@headgate/operator";
import { expect, vi } from "vitest";
import { apiVersion, kinds } from "./kinds.ts";

/** Nothing waits for it to pass. */
export const patience = { timeout: 150_000, interval: 25 };

/** What a story works with: a namespace of its own, and Operators of its own among all that are served. */
export interface World {
  readonly client: Client;
  readonly namespace: string;
  /** Of an object in the story's namespace. */
  readonly ref: (kind: string, name: string) => ObjectRef;
  /** Makes it in the story's namespace, unless it names one. */
  readonly create: (object: Fields, name: string) => Promise<KubeObject>;
  readonly patch: (ref: ObjectRef, body: object, subresource?: "status") => Promise<KubeObject>;
  readonly delete: (ref: ObjectRef) => Promise<void>;
  readonly there: (ref: ObjectRef) => Promise<boolean>;
  /** Another namespace, which goes with the story. */
  readonly otherNamespace: () => Promise<string>;
  /** Makes an Operator with these controllers; its name is the story's own. */
  readonly operator: (name: string, controllers: readonly object[]) => Promise<ObjectRef>;
  readonly change: (operator: ObjectRef, controllers: readonly object[]) => Promise<void>;
  /** Waits until all its controllers are Ready for what it says now. */
  readonly ready: (operator: ObjectRef) => Promise<void>;
  /** Deletes it, and waits until it is gone. */
  readonly remove: (operator: ObjectRef) => Promise<void>;
  /** While nobody serves Operators, these things happen; then they are served by another process, as it were. */
  readonly whileNobodyServes: (happen: () => Promise<void>) => Promise<void>;
}

/** An object without its name and namespace. */
export type Fields = Omit<KubeObject, "metadata"> & { readonly metadata?: Partial<KubeObject["metadata"]> };

/** A cluster on which Operators are served. */
export interface PipelineCluster {
  readonly tell: (story: (world: World) => Promise<void>) => Promise<void>;
  readonly close: () => Promise<void>;
}

const versions: Readonly<Record<string, string>> = { Toy: apiVersion, Note: apiVersion, Shelf: apiVersion };

/** Defines the kinds and serves Operators, in all namespaces and until it is closed. */
export async function openCluster(access: Access): Promise<PipelineCluster> {
  const client = connect(access);
  for (const definition of [operatorCrd, ...kinds]) await client.create(definition);
  await vi.waitFor(() => client.list(resourceTypes.Operator), patience);
  for (const kind of Object.keys(versions)) await vi.waitFor(() => client.discover(apiVersion, kind), patience);
  let stop = serve(access);
  let turns = Promise.resolve();
  const whileNobodyServes = (happen: () => Promise<void>): Promise<void> => {
    const turn = turns.then(async () => {
      await stop();
      try {
        await happen();
      } finally {
        stop = serve(access);
      }
    });
    turns = turn.catch(() => undefined);
    return turn;
  };
  return {
    tell: (story) => inWorld({ client, whileNobodyServes }, story),
    close: async () => {
      await stop();
      await client.close();
    },
  };
}

function serve(access: Access): () => Promise<void> {
  const client = connect(access);
  const running = operator({
    client,
    settings: defaultPodRouteSettings,
    parts: { pipelines: true },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const abort = new AbortController();
  const done = running.run(abort.signal);
  return async () => {
    abort.abort();
    await done;
    await client.close();
  };
}

async function inWorld(
  { client, whileNobodyServes }: Pick<World, "client" | "whileNobodyServes">,
  story: (world: World) => Promise<void>,
): Promise<void> {
  const namespace = `story-${randomUUID().slice(0, 8)}`;
  const namespaces: string[] = [];
  const operators = new Map<string, ObjectRef>();
  const makeNamespace = async (name: string): Promise<string> => {
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    namespaces.push(name);
    return name;
  };
  const there: World["there"] = async (ref) => {
    try {
      await client.get(ref);
      return true;
    } catch (error) {
      if (error instanceof OpError && error.code === "NOT_FOUND") return false;
      throw error;
    }
  };
  const remove: World["remove"] = async (ref) => {
    operators.delete(ref.name);
    await client.delete(ref);
    await vi.waitFor(async () => {
      expect(await there(ref)).toBe(false);
    }, patience);
  };
  await makeNamespace(namespace);
  try {
    await story({
      client,
      namespace,
      there,
      remove,
      whileNobodyServes,
      ref: (kind, name) => ({ apiVersion: versions[kind] ?? "v1", kind, namespace, name }),
      create: ({ metadata, ...fields }, name) =>
        client.create({ ...fields, metadata: { namespace, ...metadata, name } } as KubeObject),
      patch: (ref, body, subresource) =>
        client.patch(ref, body, { type: "merge", ...(subresource && { subresource }) }),
      delete: async (ref) => {
        await client.delete(ref);
      },
      otherNamespace: () => makeNamespace(`${namespace}-${String(namespaces.length)}`),
      operator: async (name, controllers) => {
        const { apiVersion: version, kind } = resourceTypes.Operator;
        const ref = { apiVersion: version, kind, name: `${name}-${namespace}` };
        await client.create({ ...ref, metadata: { name: ref.name }, spec: { controllers } });
        operators.set(ref.name, ref);
        return ref;
      },
      change: async (ref, controllers) => {
        await client.patch(ref, { spec: { controllers } }, { type: "merge" });
      },
      ready: (ref) =>
        vi.waitFor(async () => {
          const { metadata, status } = await client.get(ref);
          const ready = { type: "Ready", status: "True", observedGeneration: metadata.generation };
          expect(status).toMatchObject({ observedGeneration: metadata.generation, conditions: [ready] });
        }, patience),
    });
  } finally {
    for (const ref of [...operators.values()]) if (await there(ref)) await remove(ref);
    for (const name of namespaces) await client.delete({ apiVersion: "v1", kind: "Namespace", name });
  }
}
