import { startApiServer } from "@headgate/local";
import { admissionSuite } from "./suite.ts";

admissionSuite({
  name: "local",
  open: async () => {
    const server = await startApiServer({});
    return { access: { server: server.url }, close: () => server.close() };
  },
});
