import { get } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, vi } from "vitest";

import { defaultPodRouteSettings, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { connect, supervise } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startLocalCluster } from "@headgate/local";
import type { LocalCluster } from "@headgate/local";
import { operator } from "@headgate/operator";
import type { Operator } from "@headgate/operator";
import { proxy } from "@headgate/proxy";
import type { ProxyRunner } from "@headgate/proxy";

/** Long enough for a machine that is busy with something else; nothing waits for it to pass. */
export const patience = { timeout: 25_000, interval: 20 };

/** The embedded cluster with operator and proxy, in this process. */
export interface PodRouteRig {
  readonly cluster: LocalCluster;
  readonly client: Client;
  readonly control: Operator;
  readonly data: ProxyRunner;
  close(): Promise<void>;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const host = "127.0.0.1";

export async function startPodRouteRig(): Promise<PodRouteRig> {
  const cluster = await startLocalCluster();
  const client = connect({ server: cluster.url });
  const address = { host, port: 0 };
  const control = operator({
    client,
    settings: defaultPodRouteSettings,
    log: silent,
    metricsAddress: address,
    probeAddress: address,
  });
  const data = proxy(client, { bindAddress: host, drainTimeoutMs: 1000 });
  const stop = new AbortController();
  const running = supervise([control, data], stop.signal);
  await client.apply(
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: "headgate" },
      spec: { controllerName: "headgate.io/gateway-controller" },
    },
    { manager: "test" },
  );
  return {
    cluster,
    client,
    control,
    data,
    close: async () => {
      stop.abort();
      await running;
      await client.close();
      await cluster.close();
    },
  };
}

export interface Answer {
  readonly status: number;
  /** What the echo app said; empty for anything else. */
  readonly said: Readonly<Record<string, unknown>>;
}

/** A namespace with a Gateway of its own, and what the stories do in it. */
export interface Room {
  readonly name: string;
  /** Its own Gateway's address. */
  readonly gateway: string;
  ask(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Waits until the path is answered like this. */
  answers(path: string, wanted: object, headers?: Record<string, string>): Promise<void>;
  create(object: KubeObject): Promise<KubeObject>;
  get(kind: Kind, name: string): Promise<KubeObject>;
  patch(kind: Kind, name: string, change: object): Promise<KubeObject>;
  delete(kind: Kind, name: string): Promise<void>;
  list(kind: Kind): Promise<readonly KubeObject[]>;
}

export type Kind = keyof typeof resourceTypes;

export async function openRoom({ client }: PodRouteRig, name: string): Promise<Room> {
  const port = await aFreePort();
  const gateway = `http://${host}:${String(port)}`;
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await client.create({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "envoy-router", namespace: name },
    spec: { gatewayClassName: "headgate", listeners: [{ name: "http", protocol: "HTTP", port }] },
  });
  const ref = (kind: Kind, of: string): Parameters<Client["get"]>[0] => {
    const { apiVersion } = resourceTypes[kind];
    return { apiVersion, kind, namespace: name, name: of };
  };
  const ask: Room["ask"] = async (path, headers = {}) => {
    const { status, text } = await answerTo(gateway + path, headers);
    return { status, said: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {} };
  };
  await vi.waitFor(async () => {
    expect((await ask("/")).status).toBe(404);
  }, patience);
  return {
    name,
    gateway,
    ask,
    answers: (path, wanted, headers) =>
      vi.waitFor(async () => {
        expect(await ask(path, headers)).toMatchObject(wanted);
      }, patience),
    create: (object) => client.create({ ...object, metadata: { ...object.metadata, namespace: name } }),
    get: (kind, of) => client.get(ref(kind, of)),
    patch: (kind, of, change) => client.patch(ref(kind, of), change, { type: "merge" }),
    delete: async (kind, of) => {
      await client.delete(ref(kind, of));
    },
    list: async (kind) => (await client.list(resourceTypes[kind], { namespace: name })).items,
  };
}

export interface PodOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly number[];
  readonly spec?: object;
}

/** A labelled pod that runs the echo app, and is ready when the app says so. */
export function echoPod(name: string, options: PodOptions = {}): KubeObject {
  const { annotations = {}, env = {}, ports = [8080], spec = {} } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { "envoy-router/enabled": "true" }, annotations },
    spec: { containers: [echoContainer(ports, env)], ...spec },
  };
}

export function echoContainer(ports: readonly number[], env: Readonly<Record<string, string>> = {}): object {
  return {
    name: "app",
    image: "sample/echo",
    ports: ports.map((containerPort) => ({ containerPort })),
    env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
    readinessProbe: { httpGet: { path: "/ready", port: ports[0] }, periodSeconds: 1, failureThreshold: 1 },
  };
}

/** Something that asks over and over. */
export interface Prober {
  /** Waits for this many questions more. */
  more(count: number): Promise<void>;
  /** What came back wrong. Ends the asking. */
  stop(): Promise<{ readonly asked: number; readonly failures: readonly string[] }>;
}

/** Asks one question after the other; `failed` says what is wrong with an answer, if anything is. */
export function prober(ask: () => Promise<Answer>, failed: (answer: Answer) => string | undefined): Prober {
  let asked = 0;
  let on = true;
  const failures: string[] = [];
  const asking = (async () => {
    while (on) {
      const wrong = await ask().then(failed, (error: unknown) => String(error));
      if (wrong !== undefined) failures.push(wrong);
      asked += 1;
    }
  })();
  return {
    more: async (count) => {
      const until = asked + count;
      await vi.waitUntil(() => asked >= until, patience);
    },
    stop: async () => {
      on = false;
      await asking;
      return { asked, failures };
    },
  };
}

/** Of an answer that should come from this pod. */
export function notFrom(pod: string): (answer: Answer) => string | undefined {
  return ({ status, said }) =>
    status === 200 && said["pod"] === pod ? undefined : `${String(status)} from ${String(said["pod"])}`;
}

/** `fetch` would put its own Host in place of the one that is asked for. */
function answerTo(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.on("error", reject);
    }).on("error", reject);
  });
}

async function aFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
