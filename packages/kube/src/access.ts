import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { homedir } from "node:os";
import { OpError } from "@headgate/api";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";

/** Where an API server is and how to prove who we are. */
export interface Access {
  /** Base URL; may carry a path. */
  readonly server: string;
  /** PEM; without it the certificate authorities of the system are trusted. */
  readonly ca?: string;
  /** PEM client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** The name to expect in the server's certificate when it is not the host of `server`. */
  readonly serverName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Headers that authenticate a request; asked before each one, so that tokens can rotate. */
  readonly headers?: () => Promise<Record<string, string>>;
  /** The namespace to use when nobody says which. */
  readonly namespace?: string;
}

/** What kubeconfig authentication writes into; the official client calls it HTTPS options. */
interface Credentials {
  ca?: Buffer | string;
  cert?: Buffer | string;
  key?: Buffer | string;
  servername?: string;
  rejectUnauthorized?: boolean;
  headers?: Record<string, string>;
  auth?: string;
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Service account tokens are replaced on disk well before they expire; the kubelet's own advice is to read again each minute. */
const tokenLifeMs = 60_000;

/** Exec plugins and token files are asked through the official client, which keeps its own cache; this one spares it the hot path. */
const headerLifeMs = 5_000;

/**
 * Access by a kubeconfig file: `path`, or the files of KUBECONFIG, or `~/.kube/config`.
 * Tokens, token files, basic auth, client certificates, exec plugins and impersonation work as in the official client.
 *
 * Throws OpError INVALID when the file or its context can't be used, UNSUPPORTED for a `proxy-url`.
 * A client certificate from an exec plugin is taken once, when this is called.
 */
export async function accessFromKubeconfig(
  options: { readonly path?: string; readonly context?: string; readonly clock?: Clock } = {},
): Promise<Access> {
  const { path } = options;
  if (path === undefined && process.env["KUBECONFIG"] === undefined && !existsSync(`${homedir()}/.kube/config`)) {
    // The library would go on to http://localhost:8080, where anything may listen.
    throw new OpError(
      "INVALID",
      "there is no kubeconfig: none was named, KUBECONFIG is not set, and there is no ~/.kube/config",
    );
  }
  // Loading the official client takes tens of megabytes; only programs that read a kubeconfig pay for it.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (cause) {
    throw new OpError("INVALID", `kubeconfig ${path ?? "(default)"}: ${messageOf(cause)}`, { cause });
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new OpError("INVALID", `kubeconfig has no usable context ${JSON.stringify(config.getCurrentContext())}`);
  }
  if (cluster.proxyUrl !== undefined) throw new OpError("UNSUPPORTED", `proxy-url of cluster ${cluster.name}`);

  if (cluster.server.startsWith("http:")) {
    // The library refuses plain HTTP unless certificates need not be checked; kubectl does not, and there are none to check.
    config.clusters = config.clusters.map((one) => (one === cluster ? { ...one, skipTLSVerify: true } : one));
  }
  const credentials = async (): Promise<Credentials> => {
    const found: Credentials = {};
    try {
      await config.applyToHTTPSOptions(found);
    } catch (cause) {
      throw new OpError("UNAUTHORIZED", `getting credentials failed: ${messageOf(cause)}`, { cause });
    }
    return found;
  };
  const first = await credentials();
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  const text = (name: "ca" | "cert" | "key"): Partial<Record<typeof name, string>> =>
    first[name] === undefined ? {} : { [name]: first[name].toString() };
  return {
    server: cluster.server,
    ...text("ca"),
    ...text("cert"),
    ...text("key"),
    ...(first.servername === undefined ? {} : { serverName: first.servername }),
    ...(cluster.skipTLSVerify ? { insecureSkipTlsVerify: true } : {}),
    ...(namespace === undefined ? {} : { namespace }),
    headers: remembered(
      async () => {
        const { headers = {}, auth } = await credentials();
        const basic = auth === undefined ? {} : { Authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
        return { ...basic, ...headers };
      },
      headerLifeMs,
      options.clock ?? systemClock,
    ),
  };
}

/**
 * Access from inside a pod by its service account. The token file is read again each minute.
 * Done here rather than by the official client, which would cost the proxy its memory for reading three files.
 *
 * Throws OpError INVALID when this is not a pod with a service account.
 */
export function accessInCluster(
  options: { readonly root?: string; readonly env?: NodeJS.ProcessEnv; readonly clock?: Clock } = {},
): Access {
  const { root = serviceAccount, env = process.env, clock = systemClock } = options;
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"];
  if (host === undefined || port === undefined) {
    throw new OpError("INVALID", "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: not in a pod");
  }
  let ca: string;
  let namespace: string;
  try {
    ca = readFileSync(`${root}/ca.crt`, "utf8");
    namespace = readFileSync(`${root}/namespace`, "utf8").trim();
  } catch (cause) {
    throw new OpError("INVALID", `service account files: ${messageOf(cause)}`, { cause });
  }
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ca,
    namespace,
    headers: remembered(
      async () => {
        try {
          return { Authorization: `Bearer ${(await readFile(`${root}/token`, "utf8")).trim()}` };
        } catch (cause) {
          throw new OpError("UNAUTHORIZED", `service account token: ${messageOf(cause)}`, { cause });
        }
      },
      tokenLifeMs,
      clock,
    ),
  };
}

/** The kubeconfig that was asked for; else the service account when in a pod; else the default kubeconfig. */
export async function defaultAccess(
  options: { readonly kubeconfig?: string; readonly context?: string } = {},
): Promise<Access> {
  const { kubeconfig, context } = options;
  const chosen = kubeconfig !== undefined || context !== undefined || process.env["KUBECONFIG"] !== undefined;
  if (!chosen && process.env["KUBERNETES_SERVICE_HOST"] !== undefined) return accessInCluster();
  return accessFromKubeconfig({
    ...(kubeconfig === undefined ? {} : { path: kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
}

/** Keeps a value for a while; callers at the same time share one attempt, and a failed one is not kept. */
function remembered<T>(read: () => Promise<T>, lifeMs: number, clock: Clock): () => Promise<T> {
  let kept: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    if (kept === undefined || clock.elapsed() - kept.at >= lifeMs) {
      const fresh = { at: clock.elapsed(), value: read() };
      kept = fresh;
      fresh.value.catch(() => {
        if (kept === fresh) kept = undefined;
      });
    }
    return kept.value;
  };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
