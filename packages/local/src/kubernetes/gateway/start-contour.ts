import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { request } from "undici";

import { type Api, type ClusterAccess, connectApi } from "../../client/api.ts";
import type { Condition, KubeObject } from "../../client/object.ts";
import { type Resource, resourcePath, resources } from "../../client/resource.ts";
import { type Component, component } from "../component.ts";
import { kubeconfigOf } from "../credentials.ts";
import { eventually } from "../eventually.ts";
import { applyManifests } from "./apply-manifests.ts";
import type { ContourPrograms } from "./contour-programs.ts";

/** What a GatewayClass names for Contour to serve its Gateways. */
export const contourControllerName = "projectcontour.io/gateway-controller";

/** Applies what Contour needs of a cluster: Gateway API, its own definitions, its ServiceAccount and roles. */
export async function installContour(
  access: ClusterAccess,
  { manifests }: Pick<ContourPrograms, "manifests">,
): Promise<void> {
  const api = connectApi(access);
  try {
    await applyManifests(api, JSON.parse(await readFile(manifests, "utf8")) as KubeObject[]);
  } finally {
    await api.close();
  }
}

export interface ContourOptions {
  /** As somebody who may make tokens for Contour's ServiceAccount, on a cluster that has had {@link installContour}. */
  readonly access: ClusterAccess & { readonly ca: string };
  readonly programs: ContourPrograms;
  /** For secrets, configuration and logs; made when missing. One for each Contour. */
  readonly folder: string;
  /** An address of this network namespace that nobody else listens on: everything that listens does so there. */
  readonly address: string;
  /** The one Gateway that it serves, which is there. */
  readonly gateway: { readonly namespace: string; readonly name: string };
}

/** Contour and its Envoy, which carry the requests of one Gateway. */
export interface RunningContour {
  readonly contour: Component;
  readonly envoy: Component;
  /** Where a listener of the Gateway answers. The port is Contour's choice: the listener's and 8000. */
  listener(port: number): { readonly host: string; readonly port: number };
  /** Throws when one of the two has ended by itself. */
  check(): Promise<void>;
  close(): Promise<void>;
}

const ports = { metricsAndHealth: 8000, xds: 8001, envoyStats: 8002, debug: 6060 } as const;

/** Starts Contour as its own ServiceAccount, and an Envoy that it configures. Returns when the Gateway is programmed. */
export async function startContour(options: ContourOptions): Promise<RunningContour> {
  const { access, folder, address, gateway } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const api = connectApi(access);
  const parts: Component[] = [];
  const check = async (): Promise<void> => {
    for (const part of parts) await part.check();
  };
  const close = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.stop("SIGKILL")));
  };
  try {
    const token = await tokenOf(api, { namespace: "projectcontour", name: "contour" });
    const contour = await contourOf(options, token);
    const envoy = await envoyOf(options);
    for (const part of [contour, envoy]) {
      part.start();
      parts.push(part);
    }
    await eventually("Envoy to have its configuration", check, () => ready(`http://${address}:${ports.envoyStats}`));
    await eventually(`the Gateway ${gateway.namespace}/${gateway.name} to be programmed`, check, () =>
      programmed(api, gateway),
    );
    return { contour, envoy, listener: (port) => ({ host: address, port: port + 8000 }), check, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    await api.close();
  }
}

async function contourOf(
  { access, programs, folder, address, gateway }: ContourOptions,
  token: string,
): Promise<Component> {
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const kubeconfig = await file("contour.kubeconfig", kubeconfigOf("contour", { ...access, token }));
  const settings = {
    gateway: { gatewayRef: gateway },
    // Requests that fail are written to Envoy's log, the others are not.
    "accesslog-level": "error",
    "ingress-status-address": address,
    // It would listen on a loopback address, where a second one finds its port taken.
    network: { "admin-port": 0 },
  };
  return component({
    name: "contour",
    program: programs.contour,
    args: [
      "serve",
      `--kubeconfig=${kubeconfig}`,
      `--config-path=${await file("contour.yaml", JSON.stringify(settings))}`,
      "--insecure",
      "--disable-leader-election",
      // Of the default, 5 a second, the status of a few hundred routes would take minutes.
      "--kubernetes-client-qps=200",
      "--kubernetes-client-burst=400",
      `--xds-address=${address}`,
      `--xds-port=${ports.xds}`,
      `--http-address=${address}`,
      `--http-port=${ports.metricsAndHealth}`,
      `--health-address=${address}`,
      `--health-port=${ports.metricsAndHealth}`,
      `--debug-http-address=${address}`,
      `--debug-http-port=${ports.debug}`,
      `--stats-address=${address}`,
      `--stats-port=${ports.envoyStats}`,
      `--envoy-service-http-address=${address}`,
      `--envoy-service-https-address=${address}`,
    ],
    logFile: join(folder, "contour.log"),
  });
}

async function envoyOf({ programs, folder, address }: ContourOptions): Promise<Component> {
  const bootstrap = join(folder, "envoy.json");
  await promisify(execFile)(programs.contour, [
    "bootstrap",
    `--admin-address=${join(folder, "admin.sock")}`,
    `--xds-address=${address}`,
    `--xds-port=${ports.xds}`,
    bootstrap,
  ]);
  return component({
    name: "envoy",
    program: programs.envoy,
    args: [
      ...["-c", bootstrap, "--service-cluster", "contour", "--service-node", `envoy-${address}`],
      // One Envoy beside others, on a machine that runs the clients too.
      ...["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"],
    ],
    logFile: join(folder, "envoy.log"),
  });
}

async function ready(stats: string): Promise<void> {
  const { statusCode, body } = await request(`${stats}/ready`, { headersTimeout: 1000, bodyTimeout: 1000 });
  await body.dump();
  if (statusCode !== 200) throw new Error(`Envoy is not ready: ${statusCode}`);
}

interface Gateway extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

const gateways: Resource<Gateway> = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  plural: "gateways",
  kind: "Gateway",
  namespaced: true,
};

async function programmed(api: Api, of: ContourOptions["gateway"]): Promise<void> {
  const { status } = await api.get(gateways, of);
  const condition = status?.conditions?.find(({ type }) => type === "Programmed");
  if (condition?.status !== "True") throw new Error(condition?.message ?? "it has no status");
}

/** Good for a day. */
async function tokenOf(api: Api, account: { namespace: string; name: string }): Promise<string> {
  const path = resourcePath(resources.serviceAccounts, { ...account, subresource: "token" });
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 86_400 } };
  const answer = (await api.request("POST", path, body)) as { readonly status: { readonly token: string } };
  return answer.status.token;
}
