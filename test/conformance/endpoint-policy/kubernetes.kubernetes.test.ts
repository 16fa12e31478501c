// Needs the rig: it starts a control plane of its own.
import { connect } from "@headgate/kube";
import { define, gatewayApi } from "../../permissions/published.ts";
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { admissionSuite } from "./suite.ts";

admissionSuite({
  name: "kubernetes",
  open: async () => {
    const plane = await startPrivateControlPlane(2);
    const client = connect(adminAccess(plane.access));
    const files = ["httproutes", "grpcroutes"].map(
      (plural) => `config/crd/standard/gateway.networking.k8s.io_${plural}.yaml`,
    );
    try {
      await define(client, { module: gatewayApi.module, files });
    } finally {
      await client.close();
    }
    return { access: adminAccess(plane.access), close: () => plane.close() };
  },
});
