// Runs on any cluster.
import { forgetHistory, startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import { adminAccess, isExistingCluster, runLabels } from "../../rigs/kubernetes/shared-cluster.ts";
import { Unable } from "./rig.ts";
import type { RigServer } from "./rig.ts";
import { kubeSuite } from "./suite.ts";

kubeSuite({ name: "kubernetes", open: isExistingCluster ? openExisting : openPrivate });

async function openPrivate(): Promise<RigServer> {
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
}

function openExisting(): Promise<RigServer> {
  return Promise.resolve({
    access: adminAccess(),
    namespaceLabels: runLabels(),
    restart: () => Promise.reject(new Unable("somebody else's server is not restarted")),
    forgetHistory: () => Promise.reject(new Unable("somebody else's server forgets when it likes")),
    close: () => Promise.resolve(),
  });
}
