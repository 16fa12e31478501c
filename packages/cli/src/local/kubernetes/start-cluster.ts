import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { Access, Runner } from "@headgate/kube";
import { untilAborted } from "@headgate/kube";
import {
  contourPrograms,
  controlPlanePrograms,
  forward,
  kubeconfigOf,
  networkObstacle,
  startInOwnNetwork,
} from "@headgate/local";
import type { Images, Listening } from "@headgate/local";
import type { Logger } from "pino";

import { UsageError } from "../../usage-error.ts";
import { host } from "../cluster.ts";
import type { Cluster } from "../cluster.ts";
import { gatewayPorts } from "./gateway-ports.ts";
import type { GatewayName, Message, Order } from "./messages.ts";

export interface KubernetesClusterOptions {
  readonly gateway: GatewayName;
  /** The Gateway that Contour serves. */
  readonly routed: { readonly namespace: string; readonly name: string };
  readonly port: number;
  readonly images?: Images;
  readonly processes: boolean;
  readonly portOffset: number;
  readonly log: Logger;
  /** Told what takes its time. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What the certificate of every API server names; its address outside of the namespace is not in it. */
const serverName = "kubernetes.default.svc";
/** What is left to the cluster to end by itself. */
const graceMs = 5_000;

/**
 * A real control plane, the process runner as its node, and a gateway, in a network namespace of their own, with ways in from
 * 127.0.0.1. Undefined when the signal came before all was there. Throws UsageError when this machine can't.
 */
export async function startKubernetesCluster(options: KubernetesClusterOptions): Promise<Cluster | undefined> {
  const { gateway, portOffset, say, signal, log } = options;
  const obstacle = await networkObstacle();
  if (obstacle !== undefined) throw new UsageError(`error: --control-plane kubernetes: ${obstacle}`);
  const programs = await programsFor(options);
  if (programs === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "headgate-"));
  const { images, processes } = options;
  const socket = join(folder, "dial.sock");
  const order: Order = { folder, socket, processes, ...programs, ...(images !== undefined && { images }) };
  say(`starting etcd, kube-apiserver, kube-controller-manager, kube-scheduler, a node and ${gatewayNames[gateway]}`);
  const inside = startInside(order, log);
  const close = async (): Promise<void> => {
    await inside.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const start = performance.now();
    const ready = await Promise.race([inside.ready, untilAborted(signal)]);
    if (ready === undefined) {
      await close();
      return undefined;
    }
    const api = await forward(socket, { host, port: options.port }, target(ready.access.server));
    say(`ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    say("");
    return assembled(options, { ready, api, socket, folder, inside, close, portOffset });
  } catch (error) {
    await close();
    throw error;
  }
}

const gatewayNames: Readonly<Record<GatewayName, string>> = {
  contour: "Contour with Envoy",
  headgate: "Headgate's proxy",
};

interface Parts {
  readonly ready: Ready;
  readonly api: Listening;
  readonly socket: string;
  readonly folder: string;
  readonly inside: Inside;
  readonly portOffset: number;
  readonly close: () => Promise<void>;
}

function assembled({ gateway, routed, log }: KubernetesClusterOptions, parts: Parts): Cluster {
  const { ready, api, socket, folder, inside, portOffset } = parts;
  const url = `https://${host}:${String(api.port)}`;
  const { ca, token } = ready.access;
  const headers = (): Promise<Record<string, string>> => Promise.resolve({ authorization: `Bearer ${token}` });
  const access: Access = { server: url, ca, serverName, headers };
  const served = gateway === "contour" ? ` for the Gateway ${routed.namespace}/${routed.name}` : "";
  return {
    title: "a Kubernetes control plane",
    url,
    kubeconfig: kubeconfigOf("headgate-local", { server: url, ca, token, serverName }),
    access,
    gateway: `http://${host}:${String(80 + portOffset)}`,
    gatewayNote: `${gatewayNames[gateway]}${served}; ports below 1024 are at port + ${String(portOffset)}`,
    places: { "other logs": `${folder}: while it runs` },
    runners: (client) => [
      inside.runner,
      gatewayPorts(client, {
        socket,
        listeners: ready.listeners,
        portOffset,
        ...(gateway === "contour" && { only: routed }),
        onError: (error, about) => {
          log.warn({ about, error: String(error) }, "gateway ports");
        },
      }),
    ],
    close: async () => {
      await api.close();
      await parts.close();
    },
  };
}

type Programs = Pick<Order, "programs" | "contour">;

/** Undefined when the signal came first. */
async function programsFor({ gateway, routed, ...options }: KubernetesClusterOptions): Promise<Programs | undefined> {
  const { say, signal } = options;
  try {
    const programs = await controlPlanePrograms({ say, signal });
    if (gateway !== "contour") return { programs };
    return { programs, contour: { programs: await contourPrograms({ say, signal }), gateway: routed } };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof Error)) throw error;
    throw new UsageError(`error: --control-plane kubernetes: ${error.message}`);
  }
}

type Ready = Extract<Message, { readonly kind: "ready" }>;

interface Inside {
  /** Rejects when it ends before that. */
  readonly ready: Promise<Ready>;
  /** Fails when it ends by itself. */
  readonly runner: Runner;
  end(): Promise<void>;
}

/** The program that holds all of the cluster, and what it says. */
function startInside(order: Order, log: Logger): Inside {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const program = fileURLToPath(new URL(`main.${extension}`, import.meta.url));
  const command = [process.execPath, ...process.execArgv, program, JSON.stringify(order)];
  const child: ChildProcess = startInOwnNetwork(command, { stdout: "pipe" });
  const ready = Promise.withResolvers<Ready>();
  let failure: string | undefined;
  if (child.stdout !== null) {
    createInterface(child.stdout).on("line", (line) => {
      const message = JSON.parse(line) as Message;
      if (message.kind === "ready") ready.resolve(message);
      else if (message.kind === "failed") failure = message.error;
      else log.warn({ about: message.about, error: message.error }, "local cluster, trying again");
    });
  }
  const ended = once(child, "close").then(() => failure ?? "the cluster was killed");
  void ended.then((why) => {
    ready.reject(new UsageError(`headgate: ${why}`));
  });
  ready.promise.catch(() => undefined);
  const runner: Runner = {
    name: "cluster",
    run: async (signal) => {
      const why = await Promise.race([ended, untilAborted(signal)]);
      if (why !== undefined) throw new UsageError(why);
    },
  };
  const end = async (): Promise<void> => {
    child.stdin?.end();
    const impatience = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await ended;
    clearTimeout(impatience);
  };
  return { ready: ready.promise, runner, end };
}

function target(server: string): { host: string; port: number } {
  const { hostname, port } = new URL(server);
  return { host: hostname, port: Number(port) };
}
