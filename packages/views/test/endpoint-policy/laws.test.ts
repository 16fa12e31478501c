import { endpointPolicyFinalizer, identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { viewSuite } from "@headgate/testkit";
import { endpointPolicyController } from "@headgate/views/endpoint-policy";
import fc from "fast-check";
import { accept, aGateway, aPolicy, instance, scale, setAvailable, settle, stage } from "./rig.ts";

const endpoint = fc.record(
  {
    id: fc.constantFrom("a", "b"),
    type: fc.constantFrom("http", "grpc"),
    match: fc.constantFrom({ path: "/a", service: "a.A" }, { path: "/b", service: "a.B" }, {}),
    strategy: fc.constantFrom("primary", "canary"),
    replicas: fc.constantFrom(1, 2),
    hpa: fc.constantFrom({ max: 3, cpuTarget: 50 }, { min: 2, max: 1, cpuTarget: 50 }),
  },
  { requiredKeys: ["id", "match"] },
);

/** Few names, so that policies meet; some are refused, some are on their way out. */
const anyPolicy: fc.Arbitrary<KubeObject> = fc
  .record({
    name: fc.constantFrom("p", "q"),
    created: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    app: fc.constantFrom("shop", "a"),
    namespace: fc.constantFrom("shop", "apps"),
    endpoints: fc.array(endpoint, { maxLength: 2 }),
    going: fc.boolean(),
    held: fc.boolean(),
  })
  .map(({ name, created, app, namespace, endpoints, going, held }) =>
    aPolicy(
      name,
      { appRef: { name: app, namespace, image: "shop:1" }, gatewayRef: { name: "gw" }, endpoints },
      {
        uid: `uid-${name}`,
        creationTimestamp: created,
        ...(going && { deletionTimestamp: "2026-01-03T00:00:00Z" }),
        ...(held && { finalizers: [endpointPolicyFinalizer] }),
      },
    ),
  );

/** What a policy has come to, one object of it, at some moment of its life. */
const anyChild: fc.Arbitrary<KubeObject> = fc
  .tuple(anyPolicy, fc.nat(2), fc.nat(20), fc.nat(5))
  .map(([policy, age, which, change]) => {
    const on = stage();
    for (const namespace of ["shop", "apps"]) {
      on.cluster.put({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "shop-svc", namespace },
        spec: { ports: [{ port: 80 }] },
      });
    }
    on.cluster.put({ ...policy, metadata: { ...policy.metadata, finalizers: [] } });
    settle(on);
    for (const { kind, metadata } of [...on.cluster.objects.values()]) {
      if (age > 0 && kind === "Deployment") setAvailable(on, nameKey(metadata), 1);
      if (change > 4 && kind === "Deployment") scale(on, nameKey(metadata), 4);
    }
    settle(on);
    for (const { kind, metadata } of [...on.cluster.objects.values()]) {
      if (age > 1 && kind.endsWith("Route")) accept(on, `${kind}/${nameKey(metadata)}`);
    }
    const children = [...on.cluster.objects.values()].filter(
      ({ kind }) => kind !== "EndpointPolicy" && kind !== "Gateway",
    );
    return changed(children[which % children.length] ?? aGateway("shop"), change);
  });

function changed(child: KubeObject, change: number): KubeObject {
  const { metadata } = child;
  if (change === 0) return { ...child, metadata: { ...metadata, labels: {} } };
  if (change === 1) return { ...child, metadata: { ...metadata, ownerReferences: [] } };
  if (change === 2) return { ...child, metadata: { ...metadata, deletionTimestamp: "2026-11-21T00:00:00Z" } };
  if (change === 3) return { ...child, metadata: { ...metadata, managedFields: [] }, spec: {} };
  return child;
}

viewSuite(endpointPolicyController({ instance, watchNamespace: "" }), {
  inputs: {
    policies: { row: anyPolicy, key: ({ metadata }) => nameKey(metadata) },
    gateways: { row: fc.constant(aGateway("shop")), key: ({ metadata }) => nameKey(metadata) },
    children: { row: anyChild, key: (object) => identityKey(refOf(object)) },
    obstacles: { row: fc.record({ message: fc.constantFrom(undefined, "not permitted") }), key: () => "" },
    refusedWrites: {
      row: anyChild.map((object) => ({ object, refusal: { reason: "WriteRefused", message: "exceeded quota" } })),
      key: ({ object }) => identityKey(refOf(object)),
    },
  },
  runs: 30,
  turns: 8,
});
