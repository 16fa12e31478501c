// Needs the rig: it starts a control plane of its own.
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { apiSuite } from "./suite.ts";

apiSuite({
  name: "kubernetes",
  model: true,
  open: async () => {
    // Pods are taken as they are: nobody makes service accounts here.
    const flags = { apiServer: ["--disable-admission-plugins=ServiceAccount"] };
    const plane = await startPrivateControlPlane(1, { flags });
    // Cases write alone: what the controllers do is another suite's subject.
    await Promise.all([plane.controllerManager.stop("SIGKILL"), plane.scheduler.stop("SIGKILL")]);
    return { endpoint: plane.access, close: () => plane.close() };
  },
});
