// Needs the rig: it starts a control plane of its own.
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { admissionSuite } from "./suite.ts";

admissionSuite({
  name: "kubernetes",
  open: async () => {
    const plane = await startPrivateControlPlane(2);
    return { access: adminAccess(plane.access), close: () => plane.close() };
  },
});
