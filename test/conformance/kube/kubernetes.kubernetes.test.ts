import { forgetHistory, startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { kubeSuite } from "./suite.ts";

kubeSuite({
  name: "kubernetes",
  open: async () => {
    const plane = await startPrivateControlPlane(2);
    const restart = async (): Promise<void> => {
      await plane.apiServer.stop("SIGKILL");
      plane.apiServer.start();
      await plane.ready();
    };
    return {
      access: {
        server: plane.access.server,
        ca: plane.access.ca,
        headers: () => Promise.resolve({ authorization: `Bearer ${plane.access.token}` }),
      },
      restart,
      forgetHistory: async () => {
        await forgetHistory(plane);
        // What the server has in its memory it would go on telling.
        await restart();
      },
      close: () => plane.close(),
    };
  },
});
