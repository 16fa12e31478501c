// Needs the rig: it starts a control plane of its own.
import { connect } from "@headgate/kube";
import { defineGatewayApi } from "../../rigs/kubernetes/gateway-api.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { pipelineStories } from "./suite.ts";

pipelineStories({
  name: "pipelines on Kubernetes",
  open: async () => {
    const plane = await startPrivateControlPlane(5);
    const access = adminAccess(plane.access);
    const client = connect(access);
    await defineGatewayApi(client);
    await client.close();
    return { access, close: () => plane.close() };
  },
});
