import { adminAccess } from "../../rigs/kubernetes/shared-cluster.ts";
import { kubeSuite } from "./suite.ts";

kubeSuite({
  name: "kubernetes",
  // A real API server sends one each minute or so.
  bookmarkWithinMs: 120_000,
  open: () => Promise.resolve({ access: adminAccess(), close: () => Promise.resolve() }),
});
