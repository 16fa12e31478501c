import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { vi } from "vitest";

import { defaultPodRouteSettings } from "@headgate/api";
import type { PodRouteSettings } from "@headgate/api";
import type { Access, Client } from "@headgate/kube";
import { connect } from "@headgate/kube";
import type { ControlPlane, ControlPlaneOptions } from "@headgate/local";
import { controlPlanePrograms, podNetwork, startControlPlane } from "@headgate/local";

import type { Release } from "../../chart/chart.ts";
import { installChartAccounts } from "../../rigs/kubernetes/chart-accounts.ts";
import { defineGatewayApi } from "../../rigs/kubernetes/gateway-api.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { auditPolicy } from "./audit.ts";
import { startOperatorProcess } from "./operator-process.ts";
import type { OperatorProcess } from "./operator-process.ts";

/** A control plane of one's own, which may be treated badly, and an administrator's way past all faults. */
export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly access: Access;
  readonly client: Client;
  /** What the operators' flags say. */
  readonly settings: PodRouteSettings;
  /** Whom the API server takes an operator for. */
  readonly operatorUser: string;
  /**
   * Starts an operator with the chart's own flags and rights, and a token that no other one has; it may not have come far when this
   * returns. Further flags outrank those of the chart; with `server` it reaches the API server by another way.
   */
  startOperator(options?: { readonly server?: string; readonly flags?: readonly string[] }): Promise<OperatorProcess>;
  /** Makes a namespace; returns its name when pods can be made in it. */
  namespace(name: string): Promise<string>;
  /** What the API server counts of itself. */
  metrics(): Promise<string>;
  /** Of a file in the folder that flags call FOLDER. */
  path(name: string): string;
  /** Kills what still runs, operators too. */
  close(): Promise<void>;
}

/** Below the ports that outgoing connections get, so that a killed API server finds its own free again. */
const firstPort = 16_500;

/** Where the operators live. */
export const operatorNamespace = "headgate";

/** Starts a control plane that knows Gateway API, beside those of other workers; `values` are for the chart. */
export async function openStage(
  options: Pick<ControlPlaneOptions, "flags"> & Pick<Release, "values"> = {},
): Promise<Stage> {
  const index = 1 + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 9);
  const folder = await mkdtemp(join(tmpdir(), "headgate-faults-"));
  const { apiServer = [], controllerManager = [], ...flags } = options.flags ?? {};
  await writeFile(join(folder, "audit-policy.json"), auditPolicy);
  const controlPlane = await startControlPlane({
    programs: await controlPlanePrograms({ say: console.error }),
    folder,
    address: podNetwork(index).nodeAddress,
    port: firstPort + index,
    flags: {
      ...flags,
      apiServer: apiServer.map((flag) => flag.replace("FOLDER", folder)),
      // The nodes of our pods are names and nothing else, for which it would delete them.
      controllerManager: ["--controllers=*,-pod-garbage-collector-controller", ...controllerManager],
    },
  });
  const { ca, token } = controlPlane.access;
  const access = adminAccess(controlPlane.access);
  const client = connect(access);
  const operators: OperatorProcess[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(operators.map((operator) => operator.stop("SIGKILL")));
    await client.close();
    await controlPlane.close();
    await rm(folder, { recursive: true, force: true });
  };
  const served = (path: string): Promise<unknown> =>
    vi.waitFor(() => client.request({ method: "GET", path }), { timeout: 90_000 });
  try {
    await defineGatewayApi(client);
    const { values = {} } = options;
    const { operator } = await installChartAccounts(access, { namespace: operatorNamespace, values });
    return {
      controlPlane,
      access,
      client,
      close,
      settings: { ...defaultPodRouteSettings, instance: valueOf(operator.args, "--instance") },
      operatorUser: operator.user,
      startOperator: async ({ server, flags: more = [] } = {}) => {
        const kubeconfig = await operator.writeKubeconfig(folder);
        if (server !== undefined) {
          const text = await readFile(kubeconfig, "utf8");
          await writeFile(kubeconfig, text.replace(access.server, server));
        }
        const started = startOperatorProcess([...operator.args, "--kubeconfig", kubeconfig, ...more]);
        operators.push(started);
        // The next one's kubeconfig takes the place of this.
        await vi.waitUntil(() => started.logged("serving metrics") > 0 || started.child.exitCode !== null, 150_000);
        return started;
      },
      metrics: async () => {
        const dispatcher = new Agent({ connect: { ca } });
        try {
          const headers = { authorization: `Bearer ${token}` };
          const { body } = await request(`${access.server}/metrics`, { dispatcher, headers });
          return await body.text();
        } finally {
          await dispatcher.close();
        }
      },
      path: (name) => join(folder, name),
      namespace: async (name) => {
        await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
        await served(`/api/v1/namespaces/${name}/serviceaccounts/default`);
        return name;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function valueOf(args: readonly string[], flag: string): string {
  const arg = args.find((one) => one.startsWith(`${flag}=`));
  if (arg === undefined) throw new Error(`the chart sets no ${flag}`);
  return arg.slice(flag.length + 1);
}
