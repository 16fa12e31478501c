import { startApiServer } from "@headgate/local";
import { pipelineSuite } from "./suite.ts";

pipelineSuite({
  name: "local",
  open: async () => {
    const server = await startApiServer({});
    return { access: { server: server.url }, close: () => server.close() };
  },
});
