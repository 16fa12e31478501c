import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { controlPlanePrograms, podNetwork, startControlPlane } from "@headgate/local";
import { defineToys } from "../chart/eventful-pipelines.ts";
import { definePolicies } from "../chart/eventful-policy.ts";
import { auditFlags, readAudit } from "./audit.ts";
import type { Use } from "./audit.ts";
import { define, gatewayApi } from "./published.ts";

/** A control plane of a suite's own, without a node, that notes what service accounts ask. */
export interface AuditedCluster {
  /** Of an administrator. */
  readonly admin: Access;
  readonly client: Client;
  /** For the suite's files; goes with the cluster. */
  readonly folder: string;
  readonly uses: () => Promise<readonly Use[]>;
  readonly createNamespace: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts one that knows Gateway API, EndpointPolicies, Operators and what these write, and minds who may block the deletion of owners. */
export async function startAuditedCluster(): Promise<AuditedCluster> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-audited-"));
  const { flags, log } = await auditFlags(folder);
  const { nodeAddress: address } = podNetwork(1 + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 9));
  const apiServer = [...flags, "--enable-admission-plugins=OwnerReferencesPermissionEnforcement"];
  const programs = await controlPlanePrograms({ say: console.error });
  const controlPlane = await startControlPlane({ programs, folder, address, flags: { apiServer } });
  const { server, ca, token } = controlPlane.access;
  const admin = { server, ca, headers: () => Promise.resolve({ authorization: `Bearer ${token}` }) };
  const client = connect(admin);
  const end = async (): Promise<void> => {
    await client.close();
    await controlPlane.close();
    await rm(folder, { recursive: true });
  };
  try {
    await define(client, gatewayApi);
    await definePolicies(client);
    await defineToys(client);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    admin,
    client,
    folder,
    uses: () => readAudit(log),
    createNamespace: async (name) => {
      await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { manager: "test" });
    },
    close: end,
  };
}
