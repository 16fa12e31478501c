import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Access } from "@headgate/kube";
import {
  contourPrograms,
  controlPlanePrograms,
  installContour,
  podNetwork,
  startKubernetes,
  startLocalCluster,
  startRunner,
} from "@headgate/local";
import type { Kubernetes } from "@headgate/local";

import { auditFlags, readAudit } from "../../permissions/audit.ts";
import type { Use } from "../../permissions/audit.ts";
import { installChartAccounts } from "../../rigs/kubernetes/chart-accounts.ts";
import type { ChartAccount, OperatorAccount } from "../../rigs/kubernetes/chart-accounts.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";

/** What the chart makes a ServiceAccount for. */
export type Program = "operator" | "proxy";

/** A cluster of one node. */
export interface Cluster {
  /** Of whoever tests: an administrator. */
  readonly access: Access;
  /** The same as a file. */
  readonly kubeconfig: string;
  /** With the rights that an installation gives it, where there are rights. */
  readonly operator: Pick<OperatorAccount, "access"> & Partial<Pick<OperatorAccount, "election">>;
  readonly proxy: Pick<ChartAccount, "access">;
  /** What the program has asked the API server so far, where somebody writes that down. */
  readonly uses: (program: Program) => Promise<readonly Use[]>;
  /** For whatever wants to write files; gone when the cluster is closed. */
  readonly folder: string;
  readonly host: string;
  readonly joinNode: (name: string) => Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}

export interface KubernetesCluster extends Cluster {
  readonly admin: Kubernetes["access"];
  /** Addresses of this machine that nobody listens on; each is given once. */
  readonly freeAddress: () => string;
}

/** The embedded cluster, in this process. */
export async function localCluster(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-pod-routes-"));
  const cluster = await startLocalCluster();
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, cluster.kubeconfig);
  // It lets everybody do everything.
  const access = { server: cluster.url };
  return {
    access,
    operator: { access },
    proxy: { access },
    uses: () => Promise.resolve([]),
    kubeconfig,
    folder,
    host: "127.0.0.1",
    joinNode: (nodeName) => startRunner(cluster.access, { nodeName }),
    close: async () => {
      await cluster.close();
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * A real control plane of one's own, with the process runner as its node, what Contour needs, and the chart's accounts. Only in the
 * rig's network namespace.
 */
export async function kubernetesCluster(): Promise<KubernetesCluster> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-pod-routes-"));
  // Network 0 is the cluster that suites share.
  const index = 1 + Number(process.env["VITEST_POOL_ID"] ?? 1);
  const say = console.error;
  const { flags, log } = await auditFlags(folder);
  const cluster = await startKubernetes({
    programs: await controlPlanePrograms({ say }),
    folder: join(folder, "control-plane"),
    index,
    metrics: false,
    flags: { apiServer: flags },
  });
  const close = async (): Promise<void> => {
    await cluster.close();
    await rm(folder, { recursive: true });
  };
  const { access: admin, controlPlane } = cluster;
  const { nodeAddress } = podNetwork(index);
  let given = 1;
  // The runner leaves the first 256 addresses of the network alone.
  const freeAddress = (): string => nodeAddress.replace(/\d+$/, String((given += 1)));
  const kubeconfig = join(folder, "kubeconfig");
  const access = adminAccess(admin);
  const install = async (): Promise<Record<Program, ChartAccount> & { readonly operator: OperatorAccount }> => {
    await writeFile(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
    await installContour(admin, await contourPrograms({ say }));
    return installChartAccounts(access);
  };
  const accounts = await install().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    access,
    admin,
    operator: accounts.operator,
    proxy: accounts.proxy,
    uses: async (program) => (await readAudit(log)).filter(({ user }) => user === accounts[program].user),
    kubeconfig,
    folder,
    host: nodeAddress,
    freeAddress,
    joinNode: async (nodeName) => {
      const hostIP = freeAddress();
      const { access, serving } = await controlPlane.identities.node(nodeName, hostIP);
      // Far from what the first node has come to.
      const podCidrs = [nodeAddress.replace(/\.0\.1$/, ".128.0/17")];
      return startRunner(
        { server: admin.server, ca: admin.ca, ...access },
        { nodeName, hostIP, podCidrs, logTls: serving },
      );
    },
    close,
  };
}
