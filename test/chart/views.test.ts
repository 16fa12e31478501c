import { expect, test } from "vitest";
import { chartSuite, one, operatorOf, podsOf, render, template } from "./chart.ts";

const enabled = { pipelines: { enabled: true, views: { enabled: true } } };
const name = "rel-headgate-views";

chartSuite("views", () => {
  test("are not served until they are asked for, and not without pipelines", () => {
    const about = render({ values: { pipelines: { enabled: true } } }).filter(({ metadata }) =>
      metadata.name.endsWith("views"),
    );
    expect(about).toEqual([]);
    expect(operatorOf().args.filter((arg) => arg.startsWith("--views"))).toEqual([]);
    expect(template({ values: { pipelines: { views: { enabled: true } } } }).errors).toContain(
      "needs pipelines.enabled",
    );
  });

  test("are served by the pod that leads, under the name of a Service that it directs to itself", () => {
    const objects = render({ values: enabled });
    const { args, env, ports } = operatorOf({ values: enabled });
    expect(args).toContain("--views-listen=:8443");
    expect(args).toContain(`--views-name=${name}`);
    expect(args).toContain(`--views-server=https://${name}.test-ns.svc`);
    expect(ports.map(({ name: of, containerPort }) => [of, containerPort])).toContainEqual(["views", 8443]);
    expect(env).toMatchObject([{ name: "POD_NAME" }, { name: "POD_IP" }]);
    const service = one(objects, "Service", name);
    expect(service.spec).toEqual({ ports: [{ name: "https", port: 443, protocol: "TCP" }] });
    for (const kind of ["ConfigMap", "Secret"]) expect(one(objects, kind, name)).not.toHaveProperty("data");
  });

  test("take the right to ask the cluster who calls, and to write what bears their name", () => {
    const objects = render({ values: enabled });
    expect(one(objects, "ClusterRole", `test-ns.${name}`).rules).toEqual([
      { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
      { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
    ]);
    const resourceNames = [name];
    expect(one(objects, "Role", name).rules).toEqual([
      { apiGroups: [""], resources: ["configmaps"], resourceNames, verbs: ["patch"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames, verbs: ["get", "patch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], resourceNames, verbs: ["create", "patch"] },
    ]);
    for (const [kind, of] of [
      ["ClusterRole", `test-ns.${name}`],
      ["Role", name],
    ] as const) {
      expect(one(objects, `${kind}Binding`, of)).toMatchObject({
        roleRef: { kind, name: of },
        subjects: [{ kind: "ServiceAccount", name: "rel-headgate", namespace: "test-ns" }],
      });
    }
  });

  test("with a certificate of one's own the operator reads it from files, and no Secret", () => {
    const values = { pipelines: { enabled: true, views: { enabled: true, secretName: "mine" } } };
    const objects = render({ values });
    expect(operatorOf({ values }).args).toContain("--views-certificate=/etc/headgate/views");
    const { spec } = podsOf(one(objects, "Deployment"));
    expect(spec).toMatchObject({
      volumes: [{ name: "views-certificate", secret: { secretName: "mine" } }],
      containers: [{ volumeMounts: [{ name: "views-certificate", mountPath: "/etc/headgate/views", readOnly: true }] }],
    });
    expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
    expect(JSON.stringify(one(objects, "Role", name).rules)).not.toContain("secrets");
  });
});
