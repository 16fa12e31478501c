import { defaultPodRouteSettings, identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { modelCluster, viewSuite } from "@headgate/testkit";
import { podRouteController } from "@headgate/views/pod-routes";
import fc from "fast-check";
import { anyPod, namespace } from "./pods.ts";
import { aGateway, controller, rowsOf, settingsOf } from "./rig.ts";

/** Children as an operator of some settings would have made them, with this and that changed by others. */
const anyChild: fc.Arbitrary<KubeObject> = fc
  .tuple(anyPod, fc.constantFrom("headgate", "other"), fc.nat(5), fc.nat(9))
  .chain(([pod, instance, which, change]) => {
    const cluster = modelCluster();
    const operator = controller(settingsOf({ instance }));
    const labelled = {
      ...pod,
      metadata: { ...pod.metadata, labels: { "envoy-router/enabled": "true" }, annotations: {} },
    };
    cluster.put({ ...labelled, status: { phase: "Running", podIP: "10.0.0.1" } });
    for (let round = 0; round < 5; round++) {
      operator.see(cluster.objects.values());
      for (const action of rowsOf(operator.actions)) cluster.act(action);
    }
    const children = [...cluster.objects.values()].filter(({ kind }) => kind !== "Pod");
    const child = children[which % children.length];
    return child === undefined ? fc.constant(aGateway("shop")) : fc.constant(changed(child, change));
  });

function changed(child: KubeObject, change: number): KubeObject {
  const { metadata } = child;
  if (change === 0) return { ...child, metadata: { ...metadata, labels: {} } };
  if (change === 1) return { ...child, metadata: { ...metadata, ownerReferences: [] } };
  if (change === 2) return { ...child, metadata: { ...metadata, deletionTimestamp: "2026-11-21T00:00:00Z" } };
  if (change === 3) return { ...child, metadata: { ...metadata, managedFields: [] }, spec: {} };
  return child;
}

viewSuite(podRouteController(defaultPodRouteSettings), {
  inputs: {
    pods: { row: anyPod, key: ({ metadata }) => nameKey(metadata) },
    gateways: { row: namespace.map((one) => aGateway(one)), key: ({ metadata }) => nameKey(metadata) },
    children: { row: anyChild, key: (object) => identityKey(refOf(object)) },
  },
  runs: 60,
});
