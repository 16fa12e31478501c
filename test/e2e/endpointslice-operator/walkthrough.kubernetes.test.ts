// Needs the rig: the example reads the rig's kubeconfig.
import { readFile } from "node:fs/promises";
import { connect } from "@headgate/kube";
import { adminAccess, sharedCluster } from "../../rigs/kubernetes/shared-cluster.ts";
import { walkthroughSuite } from "./suite.ts";

walkthroughSuite({
  name: "endpoint discovery on Kubernetes",
  open: async () => {
    const client = connect(adminAccess());
    return { client, kubeconfig: await readFile(sharedCluster().kubeconfig, "utf8"), close: () => client.close() };
  },
});
