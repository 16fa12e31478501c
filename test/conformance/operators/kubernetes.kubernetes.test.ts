// Needs the rig: it installs CRDs.
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { pipelineSuite } from "./suite.ts";

pipelineSuite({
  name: "kubernetes",
  open: () => Promise.resolve({ access: adminAccess(), close: () => Promise.resolve() }),
});
