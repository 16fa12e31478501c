import { connect } from "@headgate/kube";
import { startLocalCluster } from "@headgate/local";
import { images } from "../../rigs/images.ts";
import { walkthroughSuite } from "./suite.ts";

walkthroughSuite({
  name: "endpoint discovery on the embedded cluster",
  open: async () => {
    const cluster = await startLocalCluster({ runner: { images } });
    const client = connect({ server: cluster.url });
    const close = async (): Promise<void> => {
      await client.close();
      await cluster.close();
    };
    return { client, kubeconfig: cluster.kubeconfig, close };
  },
});
