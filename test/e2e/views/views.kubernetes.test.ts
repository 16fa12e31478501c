// Needs the rig: it starts a control plane of its own.
import { installGatewayApi } from "@headgate/local";
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { viewsSuite } from "./suite.ts";

viewsSuite({
  name: "views on Kubernetes",
  open: async () => {
    const plane = await startPrivateControlPlane(7);
    await installGatewayApi(plane.access);
    return {
      access: adminAccess(plane.access),
      kubeconfig: plane.kubeconfig,
      stopApiServer: () => plane.apiServer.stop("SIGKILL"),
      startApiServer: async () => {
        plane.apiServer.start();
        await plane.ready();
      },
      close: () => plane.close(),
    };
  },
});
