// Needs the rig: it starts a control plane of its own.
import { connect } from "@headgate/kube";
import { installGatewayApi, podNetwork } from "@headgate/local";
import { installChartAccounts } from "../../rigs/kubernetes/chart-accounts.ts";
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { namespace, prepare } from "./world.ts";
import { viewsSuite } from "./suite.ts";

// The operator runs as the chart's account, with the chart's roles.
viewsSuite({
  name: "views on Kubernetes",
  open: async () => {
    const plane = await startPrivateControlPlane(7);
    const access = adminAccess(plane.access);
    await installGatewayApi(plane.access);
    await prepare(access);
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"] }];
    const values = { pipelines: { enabled: true, rules, views: { enabled: true } } };
    const { operator, objects } = await installChartAccounts(access, { namespace, values });
    const client = connect(access);
    for (const { kind, metadata, ...rest } of objects)
      if (kind === "ConfigMap" || kind === "Secret") await client.create({ kind, metadata, ...rest });
    await client.close();
    return {
      access,
      operatorAccess: operator.access,
      pod: { name: "headgate-0", address: podNetwork(7).nodeAddress },
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
