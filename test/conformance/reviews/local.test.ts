import { startApiServer } from "@headgate/local";
import { reviewSuite } from "./suite.ts";

reviewSuite({
  name: "local",
  open: async () => {
    const server = await startApiServer();
    return { access: { server: server.url }, close: () => server.close() };
  },
});
