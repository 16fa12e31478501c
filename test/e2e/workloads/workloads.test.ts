import { startLocalCluster } from "@headgate/local";
import { images } from "../../rigs/images.ts";
import { workloadSuite } from "./suite.ts";

workloadSuite({
  name: "workloads on the embedded cluster",
  open: async () => {
    const cluster = await startLocalCluster({ runner: { images } });
    return { access: { server: cluster.url }, reach: cluster.reach, close: () => cluster.close() };
  },
});
