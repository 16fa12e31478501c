import { fileURLToPath } from "node:url";
import { type Api, type ClusterAccess, connectApi, hasStatus } from "../client/api.ts";
import { type Clock, pause, systemClock } from "../client/clock.ts";
import { eventRecorder } from "../client/events.ts";
import { startInformer } from "../client/informer.ts";
import type { Pod, PodStatus } from "../client/kinds.ts";
import { conditionOf, objectKey } from "../client/object.ts";
import { resources } from "../client/resource.ts";
import { same } from "../client/same.ts";
import { workQueue } from "../client/work-queue.ts";
import { type BackOff, defaultBackOff } from "./back-off.ts";
import type { ServerTls } from "../tls/guarded-server.ts";
import { claimRange } from "./claim-range.ts";
import { ConfigError, type ReadData } from "./environment.ts";
import type { Images } from "./images.ts";
import { startLogServer } from "./log-server.ts";
import { registerNode } from "./node-registration.ts";
import { type Address, type Addressing, type Place, places } from "./places.ts";
import { statusPatch } from "./pod-status.ts";
import type { ContainerProcess, PodWorker } from "./pod-worker.ts";
import { processPod } from "./process-pod.ts";
import { processes } from "./processes.ts";
import { statusOnlyPod } from "./status-only-pod.ts";

export interface RunnerOptions {
  readonly nodeName?: string;
  /** Commands by image, or the path of a file of them. An image without one runs the echo app. */
  readonly images?: Images;
  /** False: pods are only said to run. */
  readonly processes?: boolean;
  /** Ranges that pods get an address from, one of each. By default one of 127.16.0.0/12 that no other runner here uses. */
  readonly podCidrs?: readonly string[];
  readonly addressing?: Addressing;
  /** Of the node: its InternalIP, and where its log server listens. */
  readonly hostIP?: string;
  /** For the log server; a real API server speaks only TLS to a node. */
  readonly logTls?: ServerTls;
  readonly labels?: Readonly<Record<string, string>>;
  readonly maxPods?: number;
  readonly crashBackOff?: BackOff;
  readonly pullBackOff?: BackOff;
  /** Of probes, graces and back-offs. Connections to the API server keep to the real time. */
  readonly clock?: Clock;
  /** Told of what failed and will be tried again. */
  readonly onError?: (error: unknown, about: string) => void;
}

/** A pod of this node with the processes that are its containers now. */
export interface PodProcesses {
  readonly pod: Pod;
  readonly processes: readonly ContainerProcess[];
}

export interface Runner {
  readonly nodeName: string;
  /** Pods that run no process are left out. */
  podProcesses(): readonly PodProcesses[];
  /** Where a connection to an address and port of a pod must go: elsewhere only with `mapped` addressing. */
  readonly reach: (address: string, port: number) => Address;
  /** Kills every process that the runner has started and says that the node is not ready. Pods stay as they are. */
  close(): Promise<void>;
}

/** For pods that bind none: no runner's process listens there. */
const unboundRange = "127.32.0.0/12";
const closeWithinMs = 2000;
const refusalsTaken = 10;
const refusedForMs = 200;
/** What is left to a pod that was deleted by force. */
const forcedGraceSeconds = 1;

/** Joins the cluster as a node and runs the pods bound to it. Returns when the node is ready. */
export async function startRunner(access: ClusterAccess, options: RunnerOptions = {}): Promise<Runner> {
  const { nodeName = "local", hostIP = "127.0.0.1", clock = systemClock, onError = () => undefined } = options;
  const { crashBackOff = defaultBackOff, pullBackOff = defaultBackOff, images = {} } = options;
  const defaultAddressing = process.platform === "linux" ? "direct" : "mapped";
  const api = connectApi(access);
  const report = (about: string) => (error: unknown) => {
    onError(error, about);
  };
  const { addressing = defaultAddressing } = options;
  const bound = addressing === "direct" && options.processes !== false;
  const range = options.podCidrs === undefined && bound ? await claimRange() : undefined;
  const started = processes();
  const events = eventRecorder(api, { component: "local-runner", host: nodeName, clock, onError: report("Event") });
  const addresses = places(options.podCidrs ?? [range?.cidr ?? unboundRange], addressing);
  const pods = startInformer(api, resources.pods, {
    fieldSelector: `spec.nodeName=${nodeName}`,
    onError: report("Watch"),
  });
  /** By the pod's UID. */
  const workers = new Map<string, PodWorker>();
  const written = new Map<string, PodStatus>();
  let closed = false;
  const node = {
    nodeName,
    hostIP,
    images,
    clock,
    crashBackOff,
    pullBackOff,
    processes: started,
    machineEnv: machineEnv(),
    fallback: echoCommand(),
  };

  const work = (pod: Pod, place: Place): PodWorker => {
    if (options.processes === false) return statusOnlyPod(pod, place, { hostIP, now: () => clock.now() });
    return processPod(pod, place, node, {
      read: dataReader(api, pod.metadata.namespace ?? ""),
      onChange: () => {
        queue.add(objectKey(pod));
      },
      onEvent: (note) => {
        if (!closed) events.record(pod, note);
      },
    });
  };
  const queue = workQueue({
    concurrency: 32,
    onError: (error, key) => {
      onError(error, `Pod ${key}`);
    },
    async reconcile(key) {
      const pod = pods.get(key);
      if (pod === undefined) return;
      const { uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
      const finished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
      let worker = workers.get(uid);
      if (worker === undefined && !finished && deletionTimestamp === undefined) {
        const place = await addresses.take(pod);
        if (pods.get(key)?.metadata.uid !== uid) {
          addresses.give(place);
          return;
        }
        worker = work(pod, place);
        workers.set(uid, worker);
      }
      if (deletionTimestamp !== undefined) worker?.stop(deletionGracePeriodSeconds);
      // A pod without processes has no last words.
      const silent = options.processes === false && deletionTimestamp !== undefined;
      // As of the status that is written now: what ends while it is being written has its last words still to say.
      const ended = worker?.hasEnded() !== false;
      if (worker !== undefined && !silent) await writeStatus(pod, worker.status(pod));
      if (deletionTimestamp !== undefined && ended) await removeFinally(api, pod);
    },
  });
  const writeStatus = async (pod: Pod, status: PodStatus): Promise<void> => {
    const { namespace, name, uid } = pod.metadata;
    const before = written.get(uid);
    if (before === undefined ? isSaid(pod.status, status) : same(before, status) && isStill(pod.status, status)) return;
    try {
      const type = { type: "strategic", subresource: "status" } as const;
      const after = await api.patch(resources.pods, { namespace, name }, statusPatch(uid, status), type);
      written.set(uid, status);
      pods.observe(after);
    } catch (error) {
      // Gone, or another pod of that name: the watch will say so.
      if (!hasStatus(error, 404, 409)) throw error;
    }
  };
  pods.onChange((before, after) => {
    if (after !== undefined) {
      queue.add(objectKey(after));
      return;
    }
    const uid = before?.metadata.uid ?? "";
    const worker = workers.get(uid);
    workers.delete(uid);
    written.delete(uid);
    if (worker === undefined) return;
    worker.stop(forcedGraceSeconds);
    addresses.give(worker.place);
  });

  const logs = await startLogServer({
    host: hostIP,
    ...(options.logTls === undefined ? {} : { tls: options.logTls }),
    now: () => clock.now(),
    find({ namespace, pod: name, container, previous }) {
      const pod = pods.get(`${namespace}/${name}`);
      const worker = pod === undefined ? undefined : workers.get(pod.metadata.uid);
      if (worker === undefined) return { status: 404, message: `pod "${name}" does not exist` };
      return worker.log(container, previous);
    },
  });
  await pods.synced;
  const registration = await registerNode(api, {
    nodeName,
    hostIP,
    logPort: logs.port,
    labels: options.labels ?? {},
    maxPods: options.maxPods ?? 100_000,
    clock: systemClock,
    onError: report(`Node ${nodeName}`),
  });

  return {
    nodeName,
    podProcesses: () =>
      [...pods.values()].flatMap((pod) => {
        const running = workers.get(pod.metadata.uid)?.processes() ?? [];
        return running.length === 0 ? [] : [{ pod, processes: running }];
      }),
    reach: addresses.reach,
    async close() {
      closed = true;
      const ended = Promise.all([queue.close(), registration.close(), events.close()]);
      for (const worker of workers.values()) worker.stop(0);
      await Promise.all([started.close(), logs.close(), pods.close()]);
      await range?.give();
      // What a server that no longer answers would hold up is dropped.
      await Promise.race([ended, pause(systemClock, closeWithinMs, AbortSignal.timeout(closeWithinMs))]);
      await api.close();
      await ended;
    },
  };
}

/** Whether the object says already what the status would say; conditions of others do not matter. */
function isSaid(has: PodStatus | undefined, wanted: PodStatus): boolean {
  if (has === undefined) return false;
  const { conditions = [], ...rest } = wanted;
  const held: Readonly<Record<string, unknown>> = { ...has };
  return (
    Object.entries(rest).every(([field, value]) => same(held[field], value)) &&
    conditions.every((condition) => same(conditionOf(has.conditions, condition.type), condition))
  );
}

/** Whether nobody has said otherwise of a condition since we did: the controller of nodes does, of one that was silent. */
function isStill(has: PodStatus | undefined, { conditions = [] }: PodStatus): boolean {
  return conditions.every(({ type, status }) => conditionOf(has?.conditions, type)?.status === status);
}

async function removeFinally(api: Api, pod: Pod): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  try {
    await api.remove(resources.pods, { namespace, name }, { uid, gracePeriodSeconds: 0 });
  } catch (error) {
    if (!hasStatus(error, 404, 409)) throw error;
  }
}

function dataReader(api: Api, namespace: string): ReadData {
  return async (kind, name) => {
    for (let tried = 1; ; tried += 1) {
      try {
        if (kind === "ConfigMap") return (await api.get(resources.configMaps, { namespace, name })).data ?? {};
        const { data = {} } = await api.get(resources.secrets, { namespace, name });
        return Object.fromEntries(
          Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
        );
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        // The API server lets a node read what its pods refer to, and takes a moment to learn of a new pod.
        if (!hasStatus(error, 403) || tried === refusalsTaken)
          throw new ConfigError(error instanceof Error ? error.message : String(error));
      }
      await pause(systemClock, refusedForMs, AbortSignal.timeout(refusedForMs));
    }
  };
}

function machineEnv(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The echo app beside this file, as source or as built. */
function echoCommand(): string[] {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const program = fileURLToPath(new URL(`../echo/main.${extension}`, import.meta.url));
  return [process.execPath, "--max-old-space-size=128", program];
}
