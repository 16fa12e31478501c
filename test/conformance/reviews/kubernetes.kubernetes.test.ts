// Runs on any cluster.
import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { reviewSuite } from "./suite.ts";

reviewSuite({
  name: "kubernetes",
  open: () => Promise.resolve({ access: adminAccess(), close: () => Promise.resolve() }),
});
