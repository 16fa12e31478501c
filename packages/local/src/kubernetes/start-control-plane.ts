import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { Agent, request } from "undici";
import type { ClusterAccess } from "../client/api.ts";
import { type Component, component } from "./component.ts";
import { kubeconfigOf, makeCredentials } from "./credentials.ts";
import { eventually } from "./eventually.ts";
import { type Identities, makeIdentities } from "./identities.ts";
import type { ControlPlanePrograms } from "./programs.ts";

export interface ControlPlaneOptions {
  readonly programs: ControlPlanePrograms;
  /** For data, secrets and logs; made when missing. Another start in the same folder finds an empty etcd only if the folder is new. */
  readonly folder: string;
  /** An address of this network namespace that is not a loopback address: the API server says that it is there. */
  readonly address: string;
  /** Port of the API server; 0, the default, is any free one. */
  readonly port?: number;
  /** True: etcd syncs every write to disk, so that a crash loses nothing. Default false, which is much faster. */
  readonly durable?: boolean;
  /** Further flags, each as `--name=value`; the last one of a name wins. */
  readonly flags?: {
    readonly etcd?: readonly string[];
    readonly apiServer?: readonly string[];
    readonly controllerManager?: readonly string[];
    readonly scheduler?: readonly string[];
  };
}

/** A real Kubernetes control plane without a node. */
export interface ControlPlane {
  /** As an administrator. */
  readonly access: ClusterAccess & { readonly ca: string; readonly token: string };
  /** The same as YAML text. */
  readonly kubeconfig: string;
  readonly etcd: Component;
  readonly apiServer: Component;
  readonly controllerManager: Component;
  readonly scheduler: Component;
  /** Where etcd takes its clients. */
  readonly etcdUrl: string;
  /** For what joins it: nodes, and servers behind an APIService. */
  readonly identities: Pick<Identities, "node" | "extension">;
  /** Waits until the API server says that it is ready. Throws when a component has ended by itself. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** Starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler as processes. Returns when pods can be created. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { programs, folder, address, durable = false, flags = {} } = options;
  await mkdir(join(folder, "logs"), { recursive: true });
  const secrets = await makeCredentials(join(folder, "secrets"));
  const identities = await makeIdentities(join(folder, "secrets"));
  const [port, client, peer] = await freePorts(options.port ?? 0);
  const server = `https://${address}:${port}`;
  const [etcdUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const certs = join(folder, "certs");
  const certificate = join(certs, "apiserver.crt");
  const part = (name: string, program: string, args: readonly string[]): Component =>
    component({ name, program, args, logFile: join(folder, "logs", `${name}.log`) });

  const etcd = part("etcd", programs.etcd, [
    "--name=local",
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=local=${peerUrl}`,
    "--log-level=warn",
    ...(durable ? [] : ["--unsafe-no-fsync"]),
    ...(flags.etcd ?? []),
  ]);
  const apiServer = part("kube-apiserver", programs.apiServer, [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    "--bind-address=0.0.0.0",
    `--advertise-address=${address}`,
    `--cert-dir=${certs}`,
    `--service-account-key-file=${secrets.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${secrets.serviceAccountKey}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--token-auth-file=${secrets.tokenFile}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    ...identities.apiServerFlags,
    "--service-cluster-ip-range=10.96.0.0/16",
    "--allow-privileged=true",
    // An APIService reaches a Service by its EndpointSlices: nothing here routes cluster IPs.
    "--enable-aggregator-routing=true",
    ...(flags.apiServer ?? []),
  ]);
  const kubeconfigFile = async (name: string, token: string, ca: string): Promise<string> => {
    const path = join(folder, "secrets", `${name}.kubeconfig`);
    await writeFile(path, kubeconfigOf(name, { server, ca, token }), { mode: 0o600 });
    return path;
  };
  const started: Component[] = [];
  const begin = (one: Component): Component => {
    one.start();
    started.push(one);
    return one;
  };
  const close = async (): Promise<void> => {
    // Those that write first, what they write to last. The API server takes many seconds over SIGTERM and has nothing to save.
    const [storage, ...rest] = started.splice(0);
    await Promise.all(rest.map((one) => one.stop("SIGKILL")));
    await storage?.stop("SIGKILL");
  };
  const checks = async (): Promise<void> => {
    for (const one of started) await one.check();
  };
  try {
    begin(etcd);
    begin(apiServer);
    const ca = await eventually("the API server's certificate", checks, () => readWhole(certificate));
    const access = { server, ca, token: secrets.tokens.admin };
    const ready = async (): Promise<void> => {
      await eventually("the API server to be ready", checks, () => ask(access, "/readyz"));
    };
    await ready();
    const authority = ["--leader-elect=false", "--secure-port=0"];
    const controllerManager = part("kube-controller-manager", programs.controllerManager, [
      `--kubeconfig=${await kubeconfigFile("controller-manager", secrets.tokens.controllerManager, ca)}`,
      `--service-account-private-key-file=${secrets.serviceAccountKey}`,
      `--root-ca-file=${certificate}`,
      "--use-service-account-credentials=true",
      ...authority,
      ...(flags.controllerManager ?? []),
    ]);
    const scheduler = part("kube-scheduler", programs.scheduler, [
      `--kubeconfig=${await kubeconfigFile("scheduler", secrets.tokens.scheduler, ca)}`,
      ...authority,
      ...(flags.scheduler ?? []),
    ]);
    begin(controllerManager);
    begin(scheduler);
    await eventually("the default service account", checks, () =>
      ask(access, "/api/v1/namespaces/default/serviceaccounts/default"),
    );
    const kubeconfig = kubeconfigOf("kubernetes", access);
    return { access, kubeconfig, etcd, apiServer, controllerManager, scheduler, etcdUrl, identities, ready, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ask({ server, ca, token }: { server: string; ca: string; token: string }, path: string): Promise<void> {
  const agent = new Agent({ connect: { ca }, connectTimeout: 1000, headersTimeout: 5000, bodyTimeout: 5000 });
  try {
    const { statusCode, body } = await request(server + path, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text}`);
  } finally {
    await agent.destroy();
  }
}

/** Rejects while whoever writes the certificates is not done. */
async function readWhole(file: string): Promise<string> {
  const text = await readFile(file, "utf8");
  if (!text.endsWith("-----END CERTIFICATE-----\n")) throw new Error(`${file} ends in the middle`);
  return text;
}

/** All free at the same moment; the first one on every address, because the API server listens on all of them. */
async function freePorts(wanted: number): Promise<[number, number, number]> {
  const free = async (host: string, port: number): Promise<{ port: number; give: () => Promise<void> }> => {
    const listener = createServer().listen(port, host);
    await once(listener, "listening");
    const bound = listener.address();
    return {
      port: typeof bound === "object" && bound !== null ? bound.port : 0,
      give: async () => {
        listener.close();
        await once(listener, "close");
      },
    };
  };
  const [server, client, peer] = [
    await free("0.0.0.0", wanted),
    await free("127.0.0.1", 0),
    await free("127.0.0.1", 0),
  ];
  for (const one of [server, client, peer]) await one.give();
  return [server.port, client.port, peer.port];
}
