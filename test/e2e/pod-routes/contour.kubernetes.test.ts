// Needs the rig: its pods are processes of the rig's node.
import { kubernetesCluster } from "./clusters.ts";
import { withContour } from "./contour.ts";
import { podRouteSuite } from "./suite.ts";

podRouteSuite({
  name: "kubernetes, with Contour and Envoy",
  fleet: 50,
  accounts: ["operator"],
  open: async () => withContour(await kubernetesCluster()),
});
