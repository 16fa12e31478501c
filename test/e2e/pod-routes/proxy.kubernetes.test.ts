// Needs the rig: its pods are processes of the rig's node.
import { kubernetesCluster } from "./clusters.ts";
import { withOwnProxy } from "./own-proxy.ts";
import { podRouteSuite } from "./suite.ts";

podRouteSuite({
  name: "kubernetes, with Headgate's own proxy",
  fleet: 10,
  accounts: ["operator", "proxy"],
  open: async () => withOwnProxy(await kubernetesCluster()),
});
