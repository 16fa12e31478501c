import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { OpError, refOf } from "@headgate/api";
import type { Access, Client } from "@headgate/kube";
import { connect } from "@headgate/kube";
import { vi } from "vitest";

/** A cluster with one node whose pods are processes of this machine and whose images are those of `test/rigs/images.ts`. */
export interface WorkloadCluster {
  readonly access: Access;
  /** Where a connection to an address and port of a pod must go. */
  readonly reach: (address: string, port: number) => { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

export interface WorkloadRig {
  readonly name: string;
  open(): Promise<WorkloadCluster>;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: { readonly exitCode: number; readonly reason?: string };
}

/** A pod as far as the stories read it. */
export interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly restartCount: number;
      readonly ready: boolean;
      readonly state: ContainerState;
      readonly lastState: ContainerState;
    }[];
  };
}

/** An event of a watch. */
export interface WatchEvent<T extends KubeObject = Pod> {
  readonly type: string;
  readonly object: T;
}

/** The events of a watch as they come. */
export interface Following<T extends KubeObject> {
  readonly events: readonly WatchEvent<T>[];
  readonly stop: () => Promise<void>;
}

/** What a story works with: a client, a namespace of its own, and what is in it. */
export interface World {
  readonly client: Client;
  readonly namespace: string;
  /** Creates the object in the namespace of the story. */
  readonly create: (object: object) => Promise<KubeObject>;
  readonly ref: (apiVersion: string, kind: string, name: string) => ObjectRef;
  readonly list: (apiVersion: string, kind: string) => Promise<readonly KubeObject[]>;
  readonly pods: (labelSelector?: string) => Promise<readonly Pod[]>;
  readonly pod: (name: string) => Promise<Pod>;
  /** Waits until the pod is as wanted. */
  readonly podThat: (name: string, wanted: (pod: Pod) => boolean) => Promise<Pod>;
  readonly exists: (ref: ObjectRef) => Promise<boolean>;
  /** Follows the objects of a kind in the namespace until told to stop. */
  readonly watch: <T extends KubeObject>(apiVersion: string, kind: string) => Promise<Following<T>>;
  /** A request to a port of a pod, on its own address. */
  readonly ask: (pod: Pod, path: string, options?: { method?: string; port?: number }) => Promise<Answer>;
  /** What the API server says is in the pod's log. */
  readonly log: (name: string, query?: string) => Promise<Answer>;
  readonly followLog: (name: string) => Promise<Answering>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** An answer of which the head has come. */
export interface Answering {
  readonly status: number;
  /** Resolves at its end. */
  readonly text: Promise<string>;
}

/** Long enough for a machine that is busy with something else; nothing waits for it to pass. */
export const patience = { timeout: 240_000, interval: 50 };

/** Waits until it gives something. What it throws is said when it never does. */
export function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  return vi.waitUntil(look, patience);
}

let count = 0;

/** Tells a story in a namespace of its own, which goes afterwards. */
export async function inWorld(cluster: WorkloadCluster, story: (world: World) => Promise<void>): Promise<void> {
  const { access, reach } = cluster;
  const client = connect(access);
  const namespace = `workloads-${Date.now().toString(36)}-${(count += 1)}`;
  const own: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await client.create(own);
  const list: World["list"] = async (apiVersion, kind) =>
    (await client.list(await client.discover(apiVersion, kind), { namespace })).items;
  const podType = await client.discover("v1", "Pod");
  const ref: World["ref"] = (apiVersion, kind, name) => ({ apiVersion, kind, namespace, name });
  const pod = async (name: string): Promise<Pod> => (await client.get(ref("v1", "Pod", name))) as Pod;
  const openLog = async (name: string, query = ""): Promise<Answering> => {
    const url = new URL(`/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`, access.server);
    const headers = (await access.headers?.()) ?? {};
    const get = url.protocol === "https:" ? https.get : http.get;
    return answering(get(url, { headers, agent: false, ca: access.ca }));
  };
  try {
    await story({
      client,
      namespace,
      ref,
      list,
      pod,
      create: (object) => {
        const { metadata, ...rest } = object as KubeObject;
        return created(client, { ...rest, metadata: { ...metadata, namespace } });
      },
      pods: async (labelSelector) => (await client.list(podType, { namespace, labelSelector })).items as readonly Pod[],
      podThat: (name, wanted) =>
        eventually(async () => {
          const now = await pod(name);
          return wanted(now) && now;
        }),
      exists: (of) =>
        client.get(of).then(
          () => true,
          (error: unknown) => {
            if (error instanceof OpError && error.code === "NOT_FOUND") return false;
            throw error;
          },
        ),
      async watch<T extends KubeObject>(apiVersion: string, kind: string) {
        const type = await client.discover(apiVersion, kind);
        const { resourceVersion } = await client.list(type, { namespace });
        const stopping = new AbortController();
        const options = { namespace, resourceVersion, timeoutSeconds: 300, signal: stopping.signal };
        const body = await client.watch(type, options);
        const events: WatchEvent<T>[] = [];
        const reading = readLines(body, (line) => events.push(JSON.parse(line) as WatchEvent<T>)).catch(
          (error: unknown) => {
            if (!stopping.signal.aborted) throw error;
          },
        );
        return {
          events,
          async stop() {
            stopping.abort();
            await reading;
          },
        };
      },
      ask: ({ status }, path, { method = "GET", port = 8080 } = {}) => {
        const to = reach(status?.podIP ?? "", port);
        return answered(answering(http.request({ ...to, path, method, agent: false, timeout: 90_000 }).end()));
      },
      log: (name, query) => answered(openLog(name, query)),
      followLog: (name) => openLog(name, "follow=true"),
    });
  } finally {
    await client.delete(refOf(own)).catch(() => undefined);
    await client.close();
  }
}

/** A new namespace has no service account for a moment, and a real API server lets no pod in without one. */
function created(client: Client, object: KubeObject): Promise<KubeObject> {
  return eventually(async () => {
    try {
      return await client.create(object);
    } catch (error) {
      if (error instanceof OpError && error.code === "FORBIDDEN") return undefined;
      throw error;
    }
  });
}

async function answering(request: http.ClientRequest): Promise<Answering> {
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return { status: response.statusCode ?? 0, text: text(response) };
}

async function answered(answer: Promise<Answering>): Promise<Answer> {
  const { status, text: body } = await answer;
  return { status, text: await body };
}

async function readLines(body: AsyncIterable<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
}
