import { createStorage, startApiServer } from "@headgate/local";
import { prepare } from "./world.ts";
import { viewsSuite } from "./suite.ts";

viewsSuite({
  name: "views in the embedded cluster",
  open: async () => {
    const storage = createStorage();
    let server = await startApiServer({ storage });
    await prepare({ server: server.url });
    const { port } = server;
    return {
      access: { server: server.url },
      operatorAccess: { server: server.url },
      pod: { name: "headgate-0", address: "10.244.9.9" },
      kubeconfig: server.kubeconfig(),
      stopApiServer: () => server.close(),
      startApiServer: async () => {
        server = await startApiServer({ storage, port });
      },
      close: () => server.close(),
    };
  },
});
