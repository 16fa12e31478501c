import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { connect } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";

import type { BenchCluster } from "./bench-cluster.ts";

/** The stand-in API server. The operator reaches it by a relay that counts what writes; the bench itself goes straight there. */
export async function localCluster(): Promise<BenchCluster> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-bench-"));
  const storage = createStorage();
  let server = await startApiServer({ storage });
  const { port, url } = server;
  const counts = new Map<string, number>();
  const relay = createServer((incoming, outgoing) => {
    const what = writeOf(incoming);
    if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + 1);
    forward(incoming, outgoing, port);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const own = String((relay.address() as AddressInfo).port);
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, server.kubeconfig().replaceAll(url, `http://127.0.0.1:${own}`));
  const client = connect({ server: url });
  return {
    client,
    kubeconfig,
    writes: () => Promise.resolve(new Map(counts)),
    cpu: undefined,
    restart: async () => {
      await server.close();
      storage.compact();
      server = await startApiServer({ storage, port });
    },
    close: async () => {
      await client.close();
      relay.closeAllConnections();
      relay.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** What a request writes, such as `PATCH deployments/status`; undefined of one that reads, and of Events. */
function writeOf({ method = "GET", url = "" }: IncomingMessage): string | undefined {
  const [, resource = "", , subresource] =
    /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/[^/]+)?\/([^/?]+)(\/[^/?]+)?(\/[^/?]+)?/.exec(url) ?? [];
  return method === "GET" || resource === "events" ? undefined : `${method} ${resource}${subresource ?? ""}`;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
  const { method, url, headers } = incoming;
  const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("error", () => outgoing.destroy());
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  // A watch that nobody reads any more must not go on.
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}
