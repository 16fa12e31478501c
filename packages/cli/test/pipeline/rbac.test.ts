import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

import { pipelineRbac } from "../../src/commands/pipeline/rbac.ts";
import type { RbacOptions } from "../../src/commands/pipeline/rbac.ts";
import { shopOperator, written } from "./operators.ts";

const write = written();
let files = 0;

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
}

async function rbac(text: string, more: Partial<RbacOptions> = {}) {
  const filename = [write(`${files++}.yaml`, text)];
  const said = await pipelineRbac({ filename, operator: "op", name: "n", serviceAccount: "ns/sa", ...more });
  const objects = said.out === "" ? [] : parseAllDocuments(said.out).map((document) => document.toJS() as Role);
  return { ...said, objects };
}

/** `Role/namespace: group/resources verbs`, a line for each rule. */
function granted(objects: readonly Role[]): readonly string[] {
  return objects.flatMap(({ kind, metadata, rules = [] }) =>
    rules.map(
      ({ apiGroups, resources, verbs }) =>
        `${kind}${metadata.namespace === undefined ? "" : ` ${metadata.namespace}`}: ${apiGroups.join()}/${resources.join()} ${verbs.join()}`,
    ),
  );
}

const spec = (controllers: string): string => `controllers:\n${controllers}`;

describe("headgate pipeline rbac", () => {
  test("grants what sources and targets take, bound to the account; views take nothing", async () => {
    const { objects, err } = await rbac(shopOperator);
    expect(err).toEqual([]);
    expect(granted(objects)).toEqual([
      "ClusterRole: /configmaps get,list,watch,create,patch,delete",
      "ClusterRole: /services list,watch",
      "ClusterRole: discovery.k8s.io/endpointslices list,watch",
    ]);
    expect(objects[1]).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "n" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "n" },
      subjects: [{ kind: "ServiceAccount", namespace: "ns", name: "sa" }],
    });
  });

  test("a source of a namespace takes a Role there, unless it is granted everywhere; a cluster-scoped kind never", async () => {
    const { objects } = await rbac(
      spec(`  - { name: a, sources: [{ apiGroup: "", kind: Secret, namespace: vault }], target: { kind: V } }
  - { name: b, sources: [{ apiGroup: "", kind: Pod, namespace: vault }], target: { kind: W } }
  - { name: c, sources: [{ apiGroup: "", kind: Pod }], target: { kind: X } }
  - { name: d, sources: [{ apiGroup: "", kind: Node, namespace: vault }], target: { kind: Z } }
`),
    );
    expect(granted(objects)).toEqual(["ClusterRole: /nodes,pods list,watch", "Role vault: /secrets list,watch"]);
    expect(objects.map(({ kind }) => kind)).toEqual(["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]);
  });

  test("an operator that serves one namespace takes nothing beyond it", async () => {
    const { objects } = await rbac(shopOperator, { watchNamespace: "shop" });
    expect(granted(objects).every((line) => line.startsWith("Role shop: "))).toBe(true);
    expect(objects).toHaveLength(2);
  });

  test("a Patcher creates and deletes nothing; a status is written apart where there may be one", async () => {
    const patcher = (project: string): string =>
      spec(`  - name: a
    sources: [{ apiGroup: "", kind: Pod }]
    pipeline: { "@project": ${project} }
    target: { apiGroup: apps, kind: Deployment, type: Patcher }
`);
    const without = await rbac(patcher("{ metadata: { name: x }, spec: { replicas: 1 } }"));
    expect(granted(without.objects)).toEqual([
      "ClusterRole: /pods list,watch",
      "ClusterRole: apps/deployments get,list,watch,patch",
    ]);
    for (const project of ["{ metadata: { name: x }, status: { phase: y } }", "{ $.: $. }"])
      expect(granted((await rbac(patcher(project))).objects)).toContain("ClusterRole: apps/deployments/status patch");
  });

  test("kinds that nobody knows are guessed, and that is said; a definition or an option says it better", async () => {
    const text = spec(
      `  - { name: a, sources: [{ apiGroup: example.com, kind: Policy }], target: { apiGroup: example.com, kind: Toy } }\n`,
    );
    const guessed = await rbac(text);
    expect(granted(guessed.objects)).toEqual([
      "ClusterRole: example.com/policies list,watch",
      "ClusterRole: example.com/toys get,list,watch,create,patch,delete",
      "ClusterRole: example.com/toys/status patch",
    ]);
    expect(guessed.err[0]).toBe(
      "note: the plural of Policy.example.com is taken to be policies: give its CustomResourceDefinition, or --plural Policy.example.com=PLURAL",
    );
    const crd = write(
      "crd.yaml",
      JSON.stringify({
        kind: "CustomResourceDefinition",
        spec: {
          group: "example.com",
          scope: "Cluster",
          names: { kind: "Toy", plural: "toyz" },
          versions: [{ name: "v1" }],
        },
      }),
    );
    const told = await rbac(text, { crds: [crd], plural: ["Policy.example.com=policys"], watchNamespace: "x" });
    expect(told.err).toEqual([]);
    expect(granted(told.objects)).toEqual([
      "ClusterRole: example.com/toyz get,list,watch,create,patch,delete",
      "Role x: example.com/policys list,watch",
    ]);
  });

  test("views alone need nothing", async () => {
    const { out, err } = await rbac(spec("  - { name: a, sources: [{ kind: A }], target: { kind: B } }\n"));
    expect(out).toBe("");
    expect(err).toEqual(["note: these pipelines read and write views alone: they need no permission"]);
  });

  test.each([
    [{ serviceAccount: "x" }, 'error: --service-account: "x" must be NAMESPACE/NAME'],
    [{ plural: ["Toy"] }, 'error: --plural: "Toy" must be KIND.GROUP=PLURAL'],
    [{ crds: ["/nowhere"] }, "/nowhere: there is no such file"],
    [{ crds: [write("none.yaml", shopOperator)] }, "none.yaml: there is no CustomResourceDefinition in it"],
    [
      { filename: [write("bad.yaml", "controllers: []")] },
      /bad\.yaml:1:1: controllers: a list of controllers expected/,
    ],
  ])("%j is an error that names it", async (options, message) => {
    await expect(rbac(shopOperator, options)).rejects.toThrow(message);
  });
});
