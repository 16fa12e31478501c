/**
 * The service accounts that the chart makes for operator and proxy, with the chart's own roles, in a real cluster: who runs a
 * program as one of them finds out what an installation may do. In a suite of the shared cluster:
 *
 *     const { access, election } = await operatorAccess();
 *     const client = connect(access);
 *     operator({ client, settings, log, election });
 *
 * and for a process, or a cluster of one's own:
 *
 *     const { operator } = await installChartAccounts(adminAccess(), { namespace: "mine", values: { replicaCount: 2 } });
 *     startHeadgate([...operator.args, "--kubeconfig", await operator.writeKubeconfig(folder)]);
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { all, podsOf, render } from "../../chart/chart.ts";
import type { Manifest, Release } from "../../chart/chart.ts";
import { grantsOf, waitForGrants } from "./grants.ts";
import { adminAccess } from "./shared-cluster.ts";

/** A program of the chart, as the cluster knows it. */
export interface ChartAccount {
  readonly namespace: string;
  readonly name: string;
  /** `system:serviceaccount:NAMESPACE:NAME` */
  readonly user: string;
  /** Its tokens come from the TokenRequest API, and are asked for again well before they expire. */
  readonly access: Access;
  /** The arguments of its container: the subcommand, then the flags. */
  readonly args: readonly string[];
  /** Writes a kubeconfig with a fresh token, and returns its path. */
  writeKubeconfig(folder: string): Promise<string>;
  /** Writes ca.crt, namespace and token, as they are in a pod; again: replaces the token. */
  writePodFiles(folder: string): Promise<void>;
}

export interface OperatorAccount extends ChartAccount {
  /** The only Lease that it may hold. */
  readonly election: { readonly namespace: string; readonly name: string };
}

export interface ChartAccounts {
  readonly operator: OperatorAccount;
  readonly proxy: ChartAccount;
  /** Everything that the chart makes, with these values. */
  readonly objects: readonly Manifest[];
  /** Removes accounts and roles. Namespaces stay. */
  readonly uninstall: () => Promise<void>;
}

/** The least that the API server gives is ten minutes. */
const tokenSeconds = 3600;

/**
 * Installs the namespaces, service accounts and roles of a release (by default one that is called `headgate`, in the namespace
 * `headgate`, with the proxy), and waits until the API server heeds them. Again with the same values: changes nothing.
 */
export async function installChartAccounts(admin: Access, release: Release = {}): Promise<ChartAccounts> {
  const { name = "headgate", namespace = "headgate" } = release;
  const given = (release.values ?? {}) as { readonly proxy?: object };
  const values = { ...given, proxy: { enabled: true, ...given.proxy } };
  const objects = render({ ...release, name, namespace, values });
  const rights = objects.filter(({ kind }) => kind === "ServiceAccount" || kind.includes("Role"));
  await withClient(admin, async (client) => {
    const namespaces = new Set([namespace, ...rights.flatMap(({ metadata }) => metadata.namespace ?? [])]);
    for (const one of namespaces) await apply(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: one } });
    for (const object of rights) await apply(client, object as unknown as KubeObject);
    await waitForGrants(client, grantsOf(objects));
  });
  const account = (component: string): ChartAccount => {
    const deployment = all(objects, "Deployment").find(
      ({ metadata }) => metadata.labels["app.kubernetes.io/component"] === component,
    );
    if (deployment === undefined) throw new Error(`the chart has no Deployment for ${component}`);
    const { serviceAccountName, containers } = podsOf(deployment).spec;
    return accountOf(admin, { namespace, name: serviceAccountName, args: containers[0].args });
  };
  const operator = account("operator");
  const lease = operator.args.find((arg) => arg.startsWith("--leader-election-id="))?.split("=")[1] ?? "";
  return {
    operator: { ...operator, election: { namespace, name: lease } },
    proxy: account("proxy"),
    objects,
    uninstall: () =>
      withClient(admin, async (client) => {
        for (const { apiVersion, kind, metadata } of rights) await client.delete({ apiVersion, kind, ...metadata });
      }),
  };
}

/** The operator's account in the shared cluster, as in {@link installChartAccounts}. */
export async function operatorAccess(release?: Release): Promise<OperatorAccount> {
  return (await installChartAccounts(adminAccess(), release)).operator;
}

/** The proxy's account in the shared cluster, as in {@link installChartAccounts}. */
export async function proxyAccess(release?: Release): Promise<ChartAccount> {
  return (await installChartAccounts(adminAccess(), release)).proxy;
}

interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly args: readonly string[];
}

function accountOf(admin: Access, { namespace, name, args }: Identity): ChartAccount {
  const ask = (): Promise<string> => withClient(admin, (client) => requestToken(client, { namespace, name }));
  let current: { readonly token: string; readonly until: number } | undefined;
  const token = async (): Promise<string> => {
    // As a kubelet does it: a fifth of the life is left when it is renewed.
    if (current === undefined || performance.now() > current.until)
      current = { token: await ask(), until: performance.now() + tokenSeconds * 800 };
    return current.token;
  };
  const { server, ca = "" } = admin;
  return {
    namespace,
    name,
    user: `system:serviceaccount:${namespace}:${name}`,
    args,
    access: { server, ca, namespace, headers: async () => ({ authorization: `Bearer ${await token()}` }) },
    async writeKubeconfig(folder) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${namespace}.${name}.kubeconfig`);
      const cluster = { server, "certificate-authority-data": Buffer.from(ca).toString("base64") };
      const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "cluster", cluster }],
        contexts: [{ name, context: { cluster: "cluster", user: name, namespace } }],
        "current-context": name,
        users: [{ name, user: { token: await ask() } }],
      };
      await writeFile(path, JSON.stringify(config), { mode: 0o600 });
      return path;
    },
    async writePodFiles(folder) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(join(folder, "ca.crt"), ca);
      await writeFile(join(folder, "namespace"), namespace);
      // Whoever reads meanwhile finds the old token or the new one, and never half of it.
      const fresh = join(folder, ".token");
      await writeFile(fresh, await ask(), { mode: 0o600 });
      await rename(fresh, join(folder, "token"));
    },
  };
}

async function requestToken(
  client: Client,
  of: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const path = `/api/v1/namespaces/${of.namespace}/serviceaccounts/${of.name}/token`;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: tokenSeconds },
  };
  const { status } = (await client.request({ method: "POST", path, body })) as { status: { token: string } };
  return status.token;
}

async function apply(client: Client, object: KubeObject): Promise<void> {
  await client.apply(object, { manager: "helm", force: true });
}

async function withClient<T>(admin: Access, use: (client: Client) => Promise<T>): Promise<T> {
  const client = connect(admin);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
