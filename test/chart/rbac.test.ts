import { expect, test } from "vitest";
import { all, chartSuite, one, render } from "./chart.ts";
import type { Manifest } from "./chart.ts";

const everything = ["get", "list", "watch", "create", "patch", "delete"];
const operatorRules = [
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["gateways"], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["services"], verbs: everything },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: everything },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: everything },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
];
const policies = { apiGroups: ["endpointscaler.io"] };
const gatewayApi = { apiGroups: ["gateway.networking.k8s.io"] };
/** Of an application in another namespace than its policy. */
const farRules = [
  { ...policies, resources: ["endpointpolicies"], verbs: ["get", "patch"] },
  { ...gatewayApi, resources: ["referencegrants"], verbs: ["get", "create", "patch", "delete"] },
];
const policyRules = (far: readonly object[]): readonly object[] => [
  { ...policies, resources: ["endpointpolicies"], verbs: ["list", "watch"] },
  ...far,
  { ...policies, resources: ["endpointpolicies/status"], verbs: ["patch"] },
  { ...policies, resources: ["endpointpolicies/finalizers"], verbs: ["update"] },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: everything },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: everything },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: everything },
  { ...gatewayApi, resources: ["grpcroutes"], verbs: everything },
  { ...gatewayApi, resources: ["referencegrants"], verbs: ["list", "watch"] },
];
const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };

const kinds = (objects: readonly Manifest[]): readonly unknown[] =>
  objects
    .filter(({ kind }) => kind.includes("Role"))
    .map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]);

chartSuite("permissions", () => {
  test("one ClusterRole where every namespace is served, exactly what the operator does, and its Lease at home", () => {
    const objects = render();
    expect(kinds(objects).toSorted()).toEqual([
      ["ClusterRole", undefined, "test-ns.rel-headgate"],
      ["ClusterRoleBinding", undefined, "test-ns.rel-headgate"],
      ["Role", "test-ns", "rel-headgate"],
      ["RoleBinding", "test-ns", "rel-headgate"],
    ]);
    expect(one(objects, "ClusterRole").rules).toEqual(operatorRules);
    expect(one(objects, "Role").rules).toEqual([
      { ...leases, verbs: ["create"] },
      { ...leases, resourceNames: ["rel-headgate-operator"], verbs: ["get", "update"] },
    ]);
  });

  test("more for endpoint policies, and only where they are served; less of it where one namespace is", () => {
    const endpointPolicies = { enabled: true };
    const all = one(render({ values: { endpointPolicies } }), "ClusterRole");
    expect(all.rules).toEqual([...operatorRules, ...policyRules(farRules)]);
    const operator = { watchNamespace: "shop" };
    const some = one(render({ values: { endpointPolicies, operator } }), "Role", "test-ns.rel-headgate");
    expect(some.rules).toEqual([...operatorRules, ...policyRules([])]);
  });

  test("for pipelines a ClusterRole of its own, with what is asked for and no more", () => {
    const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch"] }];
    for (const operator of [{}, { watchNamespace: "shop" }]) {
      const objects = render({ values: { operator, pipelines: { enabled: true, rules } } });
      const own = { apiGroups: ["dcontroller.io"] };
      expect(one(objects, "ClusterRole", "test-ns.rel-headgate-pipelines").rules).toEqual([
        { ...own, resources: ["operators"], verbs: ["get", "list", "watch", "patch"] },
        { ...own, resources: ["operators/status"], verbs: ["patch"] },
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
        ...rules,
      ]);
      expect(one(objects, "ClusterRoleBinding", "test-ns.rel-headgate-pipelines")).toMatchObject({
        roleRef: { kind: "ClusterRole", name: "test-ns.rel-headgate-pipelines" },
        subjects: [{ kind: "ServiceAccount", name: "rel-headgate", namespace: "test-ns" }],
      });
    }
  });

  test("nothing cluster-wide where one namespace is served", () => {
    for (const [operator, namespace] of [
      [{ watchNamespace: "shop" }, "shop"],
      [{ watchReleaseNamespace: true }, "test-ns"],
    ] as const) {
      const objects = render({ values: { operator } });
      expect(kinds(objects).toSorted()).toEqual(
        [
          ["Role", namespace, "test-ns.rel-headgate"],
          ["Role", "test-ns", "rel-headgate"],
          ["RoleBinding", namespace, "test-ns.rel-headgate"],
          ["RoleBinding", "test-ns", "rel-headgate"],
        ].toSorted(),
      );
      expect(one(objects, "Role", "test-ns.rel-headgate").rules).toEqual(operatorRules);
    }
  });

  test("each binding joins a role of its own kind and name to the service account of the release", () => {
    for (const values of [{}, { operator: { watchNamespace: "shop" } }, { serviceAccount: { name: "mine" } }]) {
      const objects = render({ values });
      const bindings = objects.filter(({ kind }) => kind.endsWith("Binding"));
      expect(bindings).toHaveLength(2);
      const account = one(objects, "ServiceAccount").metadata;
      for (const { kind, metadata, roleRef, subjects } of bindings) {
        expect(roleRef).toMatchObject({ kind: kind.replace("Binding", ""), name: metadata.name });
        expect(subjects).toEqual([{ kind: "ServiceAccount", name: account.name, namespace: "test-ns" }]);
      }
    }
  });

  test("the proxy reads, and writes nothing but status", () => {
    const objects = render({ values: { proxy: { enabled: true } } });
    const name = "test-ns.rel-headgate-proxy";
    expect(one(objects, "ClusterRole", name).rules).toEqual([
      { apiGroups: [""], resources: ["namespaces", "services"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      {
        apiGroups: ["gateway.networking.k8s.io"],
        resources: ["gatewayclasses", "gateways", "grpcroutes", "httproutes", "referencegrants"],
        verbs: ["list", "watch"],
      },
      {
        apiGroups: ["gateway.networking.k8s.io"],
        resources: ["gatewayclasses/status", "gateways/status", "grpcroutes/status", "httproutes/status"],
        verbs: ["patch"],
      },
    ]);
    expect(one(objects, "ClusterRoleBinding", name).subjects).toEqual([
      { kind: "ServiceAccount", name: "rel-headgate-proxy", namespace: "test-ns" },
    ]);
  });
});

chartSuite("service accounts", () => {
  test("are made in the namespace of the release, one for each program", () => {
    const accounts = all(render({ values: { proxy: { enabled: true } } }), "ServiceAccount");
    expect(accounts.map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual([
      ["test-ns", "rel-headgate-proxy"],
      ["test-ns", "rel-headgate"],
    ]);
  });

  test("are named as asked, and are not made when they are not to be", () => {
    expect(one(render({ values: { serviceAccount: { name: "mine" } } }), "ServiceAccount").metadata.name).toBe("mine");
    expect(all(render({ values: { serviceAccount: { create: false } } }), "ServiceAccount")).toEqual([]);
  });
});
