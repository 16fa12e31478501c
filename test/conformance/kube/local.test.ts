import { createStorage, startApiServer } from "@headgate/local";
import { kubeSuite } from "./suite.ts";

kubeSuite({
  name: "local",
  open: async () => {
    const storage = createStorage();
    let server = await startApiServer({ storage });
    const { port, url } = server;
    return {
      access: { server: url },
      forgetHistory: () => {
        storage.compact();
        return Promise.resolve();
      },
      restart: async () => {
        await server.close();
        server = await startApiServer({ storage, port });
      },
      close: () => server.close(),
    };
  },
});
