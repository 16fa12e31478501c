// Needs the rig: it starts a control plane of its own.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "@headgate/api";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { one } from "../chart/chart.ts";
import type { Manifest, Release } from "../chart/chart.ts";
import { eventfulOperator, toyKinds } from "../chart/eventful-pipelines.ts";
import { runHeadgate } from "../e2e/headgate-process.ts";
import { installChartAccounts } from "../rigs/kubernetes/chart-accounts.ts";
import { grantsOf, waitForGrants } from "../rigs/kubernetes/grants.ts";
import type { Grant } from "../rigs/kubernetes/grants.ts";
import { refused, unused } from "./audit.ts";
import { startAuditedCluster } from "./audited-cluster.ts";
import type { Use } from "./audit.ts";
import type { AuditedCluster } from "./audited-cluster.ts";
import { operatorStory, proxyStory } from "./story.ts";

/**
 * What the chart grants and no request shows: the admission plugin OwnerReferencesPermissionEnforcement asks the authorizer for it when a child
 * that blocks its owner's deletion is made, which is in no audit log. Without it those requests would be refused.
 */
const unseen = "may update endpointscaler.io/endpointpolicies/finalizers ";

/** A namespace that no release is in. */
const market = "market";

const endpointPolicies = { enabled: true };

async function rolesOfPipelines(...flags: readonly string[]): Promise<readonly Manifest[]> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-roles-"));
  try {
    const [file, crds] = [join(folder, "operator.yaml"), join(folder, "crds.yaml")];
    await writeFile(file, JSON.stringify(eventfulOperator));
    await writeFile(crds, toyKinds.map((one) => JSON.stringify(one)).join("\n---\n"));
    const { code, out, err } = await runHeadgate(["pipeline", "rbac", "-f", file, "--crds", crds, ...flags]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return parseAllDocuments(out).map((one) => one.toJS() as Manifest);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Installation {
  readonly release: Release & { readonly namespace: string };
  /** Where pods live. */
  readonly served: readonly string[];
  /** What ends the first leader. */
  readonly ending?: NodeJS.Signals;
  /** Of one's own, beside the chart's. */
  readonly roles?: readonly Manifest[];
}

/** What `headgate pipeline rbac` prints for an Operator. */
const pipelineRoles = await rolesOfPipelines();
const pipelineRules = pipelineRoles.flatMap(({ rules = [] }) => rules);

/** One for each shape that the values give the roles. */
const installations: Readonly<Record<string, Installation>> = {
  "every namespace": {
    release: { namespace: "edge", values: { endpointPolicies, pipelines: { enabled: true, rules: pipelineRules } } },
    served: ["edge", "shop"],
    ending: "SIGKILL",
  },
  "the namespace of the release only": {
    release: {
      namespace: "alone",
      values: { operator: { watchReleaseNamespace: true }, endpointPolicies, pipelines: { enabled: true } },
    },
    served: ["alone"],
    roles: await rolesOfPipelines("--watch-namespace=alone", "--service-account=alone/headgate"),
  },
  "one other namespace, by accounts that were there before": {
    release: {
      namespace: "ops",
      name: "second",
      values: {
        operator: { watchNamespace: "till" },
        endpointPolicies,
        serviceAccount: { create: false, name: "own-operator" },
        proxy: { serviceAccount: { create: false, name: "own-proxy" } },
      },
    },
    served: ["till"],
  },
};

describe("what the chart grants, by the API server's audit log", () => {
  let cluster: AuditedCluster;
  beforeAll(async () => {
    cluster = await startAuditedCluster();
  });
  afterAll(() => cluster.close());

  describe.each(Object.entries(installations))("serving %s", (_, { release, served, ending, roles = [] }) => {
    let grants: readonly Grant[];

    beforeAll(async () => {
      const { client, folder } = cluster;
      for (const name of new Set([release.namespace, ...served, market])) await cluster.createNamespace(name);
      for (const name of ["own-operator", "own-proxy"]) {
        const metadata = { name, namespace: release.namespace };
        await client.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata }, { manager: "test" });
      }
      const accounts = await installChartAccounts(cluster.admin, release);
      for (const role of roles) await client.apply(role as unknown as KubeObject, { manager: "test" });
      grants = grantsOf([...accounts.objects, ...roles]);
      await waitForGrants(client, grants);
      const stage = { client, folder, accounts };
      // The proxy serves the whole cluster whatever the operator does.
      const gateways = [...served, market];
      await Promise.all([operatorStory(stage, served, ending), proxyStory(stage, gateways)]);
    }, 600_000);

    test("suffices: no request of operator or proxy was refused", async () => {
      const uses = await cluster.uses();
      for (const user of new Set(grants.map((grant) => grant.user)))
        expect(uses.filter((use) => use.user === user).length).toBeGreaterThan(10);
      expect(refused(uses)).toEqual([]);
    });

    test("is all used", async () => {
      await vi.waitFor(async () => {
        const idle = unused(grants, await cluster.uses());
        expect(idle.filter((grant) => !grant.includes(unseen))).toEqual([]);
      }, 60_000);
    });
  });

  test("is told of a permission that is missing, and of one that is too many", async () => {
    const { client, folder } = cluster;
    const accounts = await installChartAccounts(cluster.admin, {
      namespace: "canary",
      values: { operator: { watchReleaseNamespace: true }, endpointPolicies },
    });
    const [user, group] = [accounts.operator.user, "discovery.k8s.io"];
    const role = one(accounts.objects, "Role", "canary.headgate");
    const without = (role.rules ?? []).map((rule) =>
      rule.apiGroups[0] === group ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== "patch") } : rule,
    );
    const more = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };
    const changed = { ...role, rules: [...without, more] };
    await client.apply(changed, { manager: "helm", force: true });
    await waitForGrants(
      client,
      [{ user, verb: "patch", group, resource: "endpointslices", namespace: "canary" }],
      false,
    );
    const stage = { client, folder, accounts };
    const theirs = async (): Promise<readonly Use[]> => (await cluster.uses()).filter((use) => use.user === user);
    const healed = vi
      .waitFor(async () => {
        expect(refused(await theirs())).toEqual([`${user} may not patch discovery.k8s.io/endpointslices in canary`]);
      }, 150_000)
      .then(() => client.apply({ ...role }, { manager: "helm", force: true }));
    await Promise.all([operatorStory(stage, ["canary"]), healed]);
    const grants = grantsOf(accounts.objects.map((object) => (object === role ? changed : object)));
    const operators = grants.filter((grant) => grant.user === user);
    expect(unused(operators, await theirs()).filter((grant) => !grant.includes(unseen))).toEqual([
      `${user} may get secrets in canary`,
    ]);
  });
});
