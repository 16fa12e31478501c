import { createStorage, startApiServer } from "@headgate/local";
import { kubeSuite } from "./suite.ts";

const bookmarkIntervalMs = 100;

kubeSuite({
  name: "local",
  bookmarkWithinMs: 1_000,
  open: async () => {
    const storage = createStorage();
    let server = await startApiServer({ storage, bookmarkIntervalMs });
    const { port, url } = server;
    return {
      access: { server: url },
      forgetHistory: () => {
        storage.compact();
        return Promise.resolve();
      },
      restart: async () => {
        await server.close();
        server = await startApiServer({ storage, bookmarkIntervalMs, port });
      },
      close: () => server.close(),
    };
  },
});
