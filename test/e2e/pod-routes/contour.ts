import { connect } from "@headgate/kube";

import { openGateway } from "../../rigs/kubernetes/gateway.ts";
import type { KubernetesCluster } from "./clusters.ts";
import { headgate } from "./headgate.ts";
import type { PodRouteRig } from "./rig.ts";

/** Contour serves the Gateways of the cluster, each through an Envoy of its own. */
export async function withContour(cluster: KubernetesCluster): Promise<PodRouteRig> {
  const { access, admin, host, joinNode, kubeconfig } = cluster;
  const client = connect(access);
  const control = headgate(cluster.operator);
  await control.start();
  return {
    client,
    kubeconfig,
    headgate: control,
    uses: cluster.uses,
    host,
    joinNode,
    openGateway: async (namespace) => {
      // Contour listens only where some route is attached; without one a client would find nobody there instead of a 404.
      await client.create({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "always", namespace },
        spec: {
          parentRefs: [{ name: "envoy-router" }],
          hostnames: ["always.example.com"],
          rules: [
            {
              filters: [
                {
                  type: "RequestRedirect",
                  requestRedirect: { path: { type: "ReplaceFullPath", replaceFullPath: "/" } },
                },
              ],
            },
          ],
        },
      });
      const address = cluster.freeAddress();
      const gateway = await openGateway({ namespace, address }, admin);
      return {
        url: gateway.url,
        inProgress: async () => {
          const stats = await (await fetch(`http://${address}:8002/stats?filter=upstream_rq_active`)).text();
          return [...stats.matchAll(/: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
        },
        close: () => gateway.close(),
      };
    },
    close: async () => {
      await control.stop();
      await client.close();
      await cluster.close();
    },
  };
}
