/** A real API server for the bench, with nobody on it but whom the bench lets in. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ResourceType } from "@headgate/api";
import { connect, listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { controlPlanePrograms, podNetwork, startApiServer, startControlPlane } from "@headgate/local";
import { Agent, request } from "undici";
import type { Dispatcher } from "undici";

import { cpuSeconds } from "./operator-process.ts";

/** How to reach an API server, as whoever may do everything. */
export interface BareAccess {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** Requests that write, by resource and verb. */
export type Writes = ReadonlyMap<string, number>;

export interface RealApiServer {
  readonly access: BareAccess;
  readonly client: Client;
  /** The path of a kubeconfig file. */
  readonly kubeconfig: string;
  /** Requests that write, so far, as the API server counts them itself; the bench's own and the API server's left out. */
  writes(): Promise<Writes>;
  /** CPU seconds of the API server and of etcd since they started. */
  cpu(): Promise<number>;
  /** How many objects there are at a collection's path. */
  count(path: string): Promise<number>;
  /** Counts what is there and what is made at a collection's path, where nothing is changed or deleted meanwhile. */
  follow(path: string): Follower;
  /** Ends the API server with SIGKILL and starts it again: it remembers no event from before. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface Follower {
  /** Resolves when there are so many objects. */
  reached(objects: number): Promise<void>;
  stop(): void;
}

const CustomResourceDefinition: ResourceType = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

/**
 * etcd and kube-apiserver with Gateway API's kinds. The controllers are ended as soon as they have made the default service account:
 * objects only, and no pod is taken away because its node is none.
 */
export async function startRealApiServer(): Promise<RealApiServer> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-bench-"));
  const programs = await controlPlanePrograms({ say: () => undefined });
  const plane = await startControlPlane({ programs, folder, address: podNetwork().nodeAddress });
  const { access } = plane;
  const client = connect({ ...access, headers: () => Promise.resolve({ authorization: `Bearer ${access.token}` }) });
  const agent = new Agent({ connect: { ca: access.ca }, bodyTimeout: 0 });
  const get = (path: string, signal?: AbortSignal): Promise<Dispatcher.ResponseData> =>
    request(access.server + path, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${access.token}` },
      ...(signal && { signal }),
    });
  const list = async (path: string): Promise<ListMeta> => {
    const { items, metadata } = (await (await get(`${path}?limit=1`)).body.json()) as {
      readonly items: readonly unknown[];
      readonly metadata: { readonly resourceVersion: string; readonly remainingItemCount?: number };
    };
    return { resourceVersion: metadata.resourceVersion, count: items.length + (metadata.remainingItemCount ?? 0) };
  };
  let earlier: Writes = new Map();
  const counted = async (): Promise<Writes> => added(earlier, writesIn(await (await get("/metrics")).body.text()));
  const writes = async (): Promise<Writes> => {
    const { items } = (await (await get("/api/v1/events?fieldSelector=source%3Dheadgate")).body.json()) as {
      readonly items: readonly { readonly count?: number }[];
    };
    const told = items.reduce((sum, { count = 1 }) => sum + count, 0);
    return added(await counted(), new Map([["Events of the operator's", told]]));
  };
  const close = async (): Promise<void> => {
    await Promise.all([client.close(), agent.destroy()]);
    await plane.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([plane.controllerManager.stop("SIGKILL"), plane.scheduler.stop("SIGKILL")]);
    await installGatewayApi(client);
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, plane.kubeconfig, { mode: 0o600 });
    return {
      access,
      client,
      kubeconfig,
      writes,
      cpu: async () => {
        const [server, etcd] = await Promise.all([plane.apiServer, plane.etcd].map(({ pid = 0 }) => cpuSeconds(pid)));
        return (server ?? 0) + (etcd ?? 0);
      },
      count: async (path) => (await list(path)).count,
      follow: (path) => {
        const leave = new AbortController();
        const query = "watch=true&timeoutSeconds=3600&resourceVersion=";
        const counting = follower(
          () => list(path),
          async (from) => (await get(`${path}?${query}${from}`, leave.signal)).body,
        );
        return {
          ...counting,
          stop: () => {
            counting.stop();
            leave.abort();
          },
        };
      },
      restart: async () => {
        earlier = await counted();
        await plane.apiServer.stop("SIGKILL");
        plane.apiServer.start();
        await plane.ready();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The kinds as the stand-in API server has them, taken from it as anyone would: by a list. */
async function installGatewayApi(client: Client): Promise<void> {
  const standIn = await startApiServer({});
  const from = connect({ server: standIn.url });
  try {
    const { items } = await listAll(from, CustomResourceDefinition);
    for (const { apiVersion, kind, metadata, spec } of items) {
      const { name, annotations } = metadata;
      await client.create({ apiVersion, kind, metadata: { name, ...(annotations && { annotations }) }, spec });
    }
  } finally {
    await from.close();
    await standIn.close();
  }
}

interface ListMeta {
  readonly resourceVersion: string;
  readonly count: number;
}

const writing = new Set(["POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"]);

/**
 * What the API server writes on its own behalf: its Leases, its register of cluster addresses, and Events about that register (those
 * of the operator are counted one by one); and what the bench writes and the operator never does.
 */
const notCounted = new Set(["leases", "ipaddresses", "events", "configmaps", "pods", "namespaces"]);

function writesIn(metrics: string): Writes {
  const sums = new Map<string, number>();
  for (const [, labels = "", value] of metrics.matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm)) {
    const label = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    const [verb, resource, subresource] = [label("verb"), label("resource"), label("subresource")];
    if (!writing.has(verb) || notCounted.has(resource) || label("dry_run") !== "") continue;
    const key = `${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(value));
  }
  return sums;
}

function added(a: Writes, b: Writes): Writes {
  const sum = new Map(a);
  for (const [key, count] of b) sum.set(key, (sum.get(key) ?? 0) + count);
  return sum;
}

/**
 * Counts the lines of a watch without bookmarks: one for each object that is made. A busy API server ends a watch that is slow
 * to read; then a list says how many there are, and the next watch goes on from there.
 */
function follower(
  list: () => Promise<ListMeta>,
  watch: (from: string) => Promise<AsyncIterable<Uint8Array>>,
): Follower {
  let objects = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let stopped = false;
  const enough = Promise.withResolvers<undefined>();
  const look = (): void => {
    if (objects >= wanted) enough.resolve(undefined);
  };
  const follow = async (): Promise<void> => {
    for (;;) {
      const { resourceVersion, count } = await list();
      objects = count;
      look();
      for await (const chunk of await watch(resourceVersion)) {
        for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, end + 1)) objects += 1;
        look();
      }
    }
  };
  follow().catch((error: unknown) => {
    if (!stopped) enough.reject(error);
  });
  return {
    reached: async (count) => {
      wanted = count;
      look();
      await enough.promise;
    },
    stop: () => {
      stopped = true;
    },
  };
}

/** What came on top of `before`, where anything did. */
export function writesSince(before: Writes, after: Writes): Writes {
  const added = [...after].map(([key, count]) => [key, count - (before.get(key) ?? 0)] as const);
  return new Map(added.filter(([, count]) => count !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function total(writes: Writes): number {
  return [...writes.values()].reduce((sum, count) => sum + count, 0);
}
