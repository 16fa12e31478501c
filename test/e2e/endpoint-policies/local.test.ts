import { connect } from "@headgate/kube";
import { localCluster } from "../pod-routes/clusters.ts";
import { withOwnProxy } from "../pod-routes/own-proxy.ts";
import { definePolicies } from "./rig.ts";
import { grpcStories } from "./stories/grpc.ts";
import { policySuite } from "./suite.ts";

const namespace = "shop";

policySuite(
  {
    name: "local, with Headgate's own proxy",
    open: async () => {
      const cluster = await localCluster();
      const client = connect(cluster.access);
      await definePolicies(client);
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      await client.close();
      const rig = await withOwnProxy(cluster, { endpointPolicies: true });
      const gateway = await rig.openGateway(namespace);
      return {
        client: rig.client,
        namespace,
        gateway: { name: "envoy-router", url: gateway.url },
        refused: () => [],
        close: async () => {
          await gateway.close();
          await rig.close();
        },
      };
    },
  },
  grpcStories,
);
