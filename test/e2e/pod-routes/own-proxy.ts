import { connect, supervise } from "@headgate/kube";
import type { PipelineParts } from "@headgate/operator";
import { proxy } from "@headgate/proxy";

import { aFreePort } from "../free-port.ts";
import type { Cluster } from "./clusters.ts";
import { headgate } from "./headgate.ts";
import type { PodRouteRig } from "./rig.ts";

/** Headgate's own proxy serves the Gateways of the cluster, in this process. */
export async function withOwnProxy(cluster: Cluster, parts: PipelineParts = {}): Promise<PodRouteRig> {
  const { access, host, joinNode, kubeconfig } = cluster;
  const client = connect(access);
  const control = headgate(cluster.operator, parts);
  const proxyClient = connect(cluster.proxy.access);
  const data = proxy(proxyClient, { bindAddress: host, drainTimeoutMs: 1000 });
  const stop = new AbortController();
  const running = supervise([data], stop.signal);
  await client.create({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "headgate" },
    spec: { controllerName: "headgate.io/gateway-controller" },
  });
  await control.start();
  return {
    client,
    kubeconfig,
    headgate: control,
    uses: cluster.uses,
    host,
    joinNode,
    openGateway: async (namespace) => {
      const port = await aFreePort(host);
      await client.create({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: { name: "envoy-router", namespace },
        spec: { gatewayClassName: "headgate", listeners: [{ name: "http", protocol: "HTTP", port }] },
      });
      const inProgress = (): number => [...(data.stats()?.endpoints.values() ?? [])].reduce((sum, n) => sum + n, 0);
      return {
        url: `http://${host}:${String(port)}`,
        inProgress: () => Promise.resolve(inProgress()),
        close: () => Promise.resolve(),
      };
    },
    close: async () => {
      await control.stop();
      stop.abort();
      await running;
      await proxyClient.close();
      await client.close();
      await cluster.close();
    },
  };
}
