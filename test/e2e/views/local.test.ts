import { createStorage, startApiServer } from "@headgate/local";
import { viewsSuite } from "./suite.ts";

viewsSuite({
  name: "views in the embedded cluster",
  open: async () => {
    const storage = createStorage();
    let server = await startApiServer({ storage });
    const { port } = server;
    return {
      access: { server: server.url },
      kubeconfig: server.kubeconfig(),
      stopApiServer: () => server.close(),
      startApiServer: async () => {
        server = await startApiServer({ storage, port });
      },
      close: () => server.close(),
    };
  },
});
