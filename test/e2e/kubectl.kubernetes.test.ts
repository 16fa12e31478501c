// Needs the rig: it starts a control plane of its own.
import { startPrivateControlPlane } from "../rigs/kubernetes/private-control-plane.ts";
import { kubectlSuite } from "./kubectl-suite.ts";

kubectlSuite({
  name: "kubectl on a real API server",
  open: async () => {
    const flags = { apiServer: ["--disable-admission-plugins=ServiceAccount"] };
    const plane = await startPrivateControlPlane(3, { flags });
    await Promise.all([plane.controllerManager.stop("SIGKILL"), plane.scheduler.stop("SIGKILL")]);
    return { kubeconfig: plane.kubeconfig, close: () => plane.close() };
  },
});
