import { startApiServer } from "@headgate/local";
import { apiSuite } from "./suite.ts";

apiSuite({
  name: "local",
  model: false,
  open: async () => {
    const server = await startApiServer();
    return { endpoint: { server: server.url }, close: () => server.close() };
  },
});
