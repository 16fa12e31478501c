import { startApiServer } from "@headgate/local";
import { pipelineStories } from "./suite.ts";

pipelineStories({
  name: "pipelines on the embedded API server",
  open: async () => {
    const server = await startApiServer({});
    return { access: { server: server.url }, close: () => server.close() };
  },
});
