import { localCluster } from "./clusters.ts";
import { withOwnProxy } from "./own-proxy.ts";
import { podRouteSuite } from "./suite.ts";

podRouteSuite({
  name: "local, with Headgate's own proxy",
  fleet: 10,
  accounts: [],
  open: async () => withOwnProxy(await localCluster()),
});
