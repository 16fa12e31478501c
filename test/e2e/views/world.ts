import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultPodRouteSettings, operatorCrd } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { operator } from "@headgate/operator";
import { vi } from "vitest";
import { viewsKubeconfig } from "../../../packages/cli/src/commands/pipeline/kubeconfig.ts";
import { aFreePort } from "../free-port.ts";
import { kubectl } from "./kubectl.ts";
import type { Kubectl } from "./kubectl.ts";
import type { ViewsCluster, ViewsRig } from "./rig.ts";

export const patience = { timeout: 90_000, interval: 50 };
export const namespace = "shops";
export const group = "shopping.view.dcontroller.io";
/** Few, so that a test can use them up. */
export const watchesOfOne = 3;

/** A cluster, an operator that serves the views of one Operator, and users of these. */
export interface World {
  readonly cluster: ViewsCluster;
  readonly client: Client;
  readonly folder: string;
  readonly port: number;
  /** As a service account that may do what its role says. */
  readonly as: (account: string) => Promise<Kubectl>;
  /** kubectl with this text as its kubeconfig. */
  readonly withConfig: (kubeconfig: string) => Promise<Kubectl>;
  readonly kubeconfig: (account: string) => Promise<string>;
  /** Ends the operator and starts another in its place. */
  readonly restart: () => Promise<void>;
  readonly shop: (name: string, data?: object, labels?: object) => Promise<void>;
  readonly close: () => Promise<void>;
}

const selected = { shop: "yes" };

const shopping: KubeObject = {
  apiVersion: "dcontroller.io/v1alpha1",
  kind: "Operator",
  metadata: { name: "shopping" },
  spec: {
    controllers: [
      {
        name: "shops",
        sources: [{ apiGroup: "", kind: "ConfigMap", labelSelector: { matchLabels: selected } }],
        pipeline: {
          "@project": {
            metadata: { name: "$.metadata.name", namespace: "$.metadata.namespace", labels: "$.metadata.labels" },
            spec: "$.data",
            status: { conditions: [{ type: "Ready", status: "True" }] },
          },
        },
        target: { kind: "Shop" },
      },
    ],
  },
};

export async function openWorld(rig: ViewsRig): Promise<World> {
  const cluster = await rig.open();
  const client = connect(cluster.access);
  const own = connect(cluster.operatorAccess);
  const reviewer = connect(cluster.operatorAccess, { connections: 4, timeoutMs: 5_000 });
  const folder = await mkdtemp(join(tmpdir(), "headgate-views-"));
  const port = await aFreePort();
  await writeFile(join(folder, "admin"), cluster.kubeconfig, { mode: 0o600 });
  await grant(client);
  await vi.waitFor(() => client.create(shopping), patience);

  let stop: () => Promise<void> = () => Promise.resolve();
  const serve = async (): Promise<void> => {
    const running = operator({
      client: own,
      settings: { ...defaultPodRouteSettings, watchNamespace: namespace },
      parts: { pipelines: true },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      views: {
        address: { host: "127.0.0.1", port },
        reviewer,
        namespace,
        name: "headgate-views",
        pod: cluster.pod,
        limits: { connections: 64, watches: 8, watchesOfOne, stalledMs: 60_000 },
      },
    });
    const abort = new AbortController();
    const done = running.run(abort.signal);
    stop = async () => {
      abort.abort();
      await done;
    };
    await Promise.race([running.ports.views, done]);
  };
  await serve();

  const kubeconfig = async (account: string): Promise<string> => {
    const said = await vi.waitFor(
      () =>
        viewsKubeconfig({
          kubeconfig: join(folder, "admin"),
          namespace,
          name: "headgate-views",
          serviceAccount: `${namespace}/${account}`,
          duration: "3600",
        }),
      patience,
    );
    return said.out;
  };
  let configs = 0;
  const withConfig = async (text: string): Promise<Kubectl> => {
    configs += 1;
    const file = join(folder, `config-${String(configs)}`);
    await writeFile(file, text, { mode: 0o600 });
    return kubectl(file, join(folder, `cache-${String(configs)}`));
  };
  return {
    cluster,
    client,
    folder,
    port,
    kubeconfig,
    withConfig,
    as: async (account) => withConfig(await kubeconfig(account)),
    restart: async () => {
      await stop();
      await serve();
    },
    shop: async (name, data = { city: "Basel" }, labels = {}) => {
      const metadata = { namespace, name, labels: { ...selected, ...labels } };
      await client.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data }, { manager: "test", force: true });
    },
    close: async () => {
      await stop();
      await Promise.all([client.close(), own.close(), reviewer.close()]);
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What there has to be before an operator runs. */
export async function prepare(access: Access): Promise<void> {
  const client = connect(access);
  await client.apply(operatorCrd, { manager: "test", force: true });
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await client.close();
}

/** `viewer` may read views in the namespace, `stranger` nothing. */
async function grant(client: Client): Promise<void> {
  const rbac = "rbac.authorization.k8s.io";
  for (const name of ["viewer", "stranger", "late"])
    await client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } });
  const rules = [{ apiGroups: [group], resources: ["*"], verbs: ["get", "list", "watch"] }];
  const metadata = { namespace, name: "views" };
  await client.create({ apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules });
  const subjects = ["viewer", "late"].map((name) => ({ kind: "ServiceAccount", namespace, name }));
  const roleRef = { apiGroup: rbac, kind: "Role", name: "views" };
  await client.create({ apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata, roleRef, subjects });
}
