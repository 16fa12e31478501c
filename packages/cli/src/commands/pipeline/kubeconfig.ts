import { chmod, writeFile } from "node:fs/promises";

import { Command } from "commander";
import { stringify } from "yaml";

import { OpError, quote } from "@headgate/api";
import { kubeconfigUser } from "@headgate/kube";
import type { Client } from "@headgate/kube";

import { UsageError } from "../../usage-error.ts";
import { clusterClient, withClusterOptions } from "../cluster-options.ts";
import type { ClusterOptions } from "../cluster-options.ts";
import { httpsUrl } from "../https-url.ts";
import { wholeNumber } from "../whole-number.ts";
import { say } from "./said.ts";
import type { Said } from "./said.ts";

/** The options of `headgate pipeline kubeconfig`. */
export interface KubeconfigOptions extends ClusterOptions {
  readonly namespace: string;
  readonly name: string;
  readonly server?: string;
  readonly serviceAccount?: string;
  readonly duration: string;
  readonly output?: string;
}

/** `headgate pipeline kubeconfig`: a way to the views for kubectl. */
export function kubeconfigCommand(): Command {
  const command = new Command("kubeconfig").description(
    "make a kubeconfig with which kubectl reads the views of Operators",
  );
  return withClusterOptions(command)
    .option("-n, --namespace <namespace>", "where the operator runs", "headgate-system")
    .option("--name <name>", "the --views-name of the operator", "headgate-views")
    .option("--server <url>", "URL at which the views are reached from here (default: what the operator says)")
    .option(
      "--service-account <account>",
      "whose token is put in it, NAMESPACE/NAME (default: the token or the exec plugin of your own kubeconfig)",
    )
    .option("--duration <seconds>", "how long the token of a service account is good", "3600")
    .option("-o, --output <file>", "where it is written, for nobody else to read (default: standard output)")
    .action(async (options: KubeconfigOptions) => {
      say(await viewsKubeconfig(options));
    });
}

/** What `headgate pipeline kubeconfig` says. Throws a UsageError for what can't be done. */
export async function viewsKubeconfig(options: KubeconfigOptions): Promise<Said> {
  const server = options.server === undefined ? undefined : httpsUrl("--server", options.server);
  const seconds = wholeNumber("--duration", options.duration, 31_536_000, 600);
  const { access, client } = await clusterClient(options);
  try {
    const published = await placeOf(client, options);
    const user = await userOf(client, options, seconds);
    const url = server ?? published.server;
    // It is reached by another name than its certificate has.
    const serverName = url === published.server ? undefined : new URL(published.server).hostname;
    const cluster = {
      server: url,
      "certificate-authority-data": Buffer.from(published.ca).toString("base64"),
      ...(serverName === undefined ? {} : { "tls-server-name": serverName.replace(/^\[|\]$/g, "") }),
    };
    const name = "headgate-views";
    const context = { cluster: name, user: name, ...(access.namespace && { namespace: access.namespace }) };
    const text = stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster }],
      contexts: [{ name, context }],
      "current-context": name,
      users: [{ name, user }],
    });
    if (options.output === undefined) return { out: text, err: [], code: 0 };
    await writeSecret(options.output, text);
    return { out: "", err: [`note: kubectl --kubeconfig ${options.output} api-resources lists the views`], code: 0 };
  } catch (error) {
    if (error instanceof OpError) throw new UsageError(`error: ${error.message}`);
    throw error;
  } finally {
    await client.close();
  }
}

async function placeOf(
  client: Client,
  { namespace, name }: KubeconfigOptions,
): Promise<{ readonly server: string; readonly ca: string }> {
  const map = await client.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name }).catch((error: unknown) => {
    if (!(error instanceof OpError) || error.code !== "NOT_FOUND") throw error;
    throw new UsageError(
      `error: no ConfigMap ${namespace}/${name}: the operator there does not serve views (--views-listen), or runs elsewhere (--namespace, --name)`,
    );
  });
  const { server, "ca.crt": ca } = (map["data"] ?? {}) as Readonly<Record<string, string>>;
  if (server === undefined || ca === undefined) {
    throw new UsageError(
      `error: ConfigMap ${namespace}/${name} does not say yet where views are: is an operator leading?`,
    );
  }
  return { server, ca };
}

async function userOf(client: Client, options: KubeconfigOptions, seconds: number): Promise<object> {
  if (options.serviceAccount !== undefined) return { token: await tokenOf(client, options.serviceAccount, seconds) };
  const { kubeconfig: path, context } = options;
  const user = await kubeconfigUser({ ...(path && { path }), ...(context && { context }) });
  if (user !== undefined) return user;
  throw new UsageError(
    "error: your kubeconfig has neither a token nor an exec plugin, which views take alone: name a service account by --service-account",
  );
}

async function tokenOf(client: Client, account: string, expirationSeconds: number): Promise<string> {
  const [namespace, name, ...rest] = account.split("/");
  if (!namespace || !name || rest.length > 0) {
    throw new UsageError(`error: --service-account: ${quote(account)} must be NAMESPACE/NAME`);
  }
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds } };
  const { status } = (await client.request({ method: "POST", path, body })) as { readonly status?: { token?: string } };
  if (status?.token === undefined) throw new UsageError(`error: the API server made no token for ${account}`);
  return status.token;
}

/** Also where there was a file before, nobody else reads it. */
async function writeSecret(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, "", { mode: 0o600 });
    await chmod(file, 0o600);
    await writeFile(file, text);
  } catch (error) {
    throw new UsageError(`error: --output: ${error instanceof Error ? error.message : String(error)}`);
  }
}
