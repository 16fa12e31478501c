import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { resources } from "../../src/client/resource.ts";
import { startRunner } from "../../src/index.ts";
import { isReady, scriptImages, scriptPod, startRig } from "./rig.ts";

/** Long enough for a machine that is busy with something else. */
const patience = { timeout: 60_000, interval: 10 };

/** Passes requests on, and holds back those that `holds` picks until they are let go. */
async function gate(to: string, holds: (request: http.IncomingMessage) => boolean) {
  const held: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    const pass = (): void => {
      const { method, url, headers } = request;
      const inner = http.request(new URL(url ?? "/", to), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
      });
      inner.on("error", () => response.destroy());
      response.on("close", () => inner.destroy());
      request.pipe(inner);
    };
    if (holds(request)) held.push(pass);
    else pass();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, held };
}

test("a process that ends while the status of its running is being written has its end written too", async () => {
  const { cluster, api, create, untilPod } = await startRig({ runner: false });
  let holding = false;
  const { server, held } = await gate(
    cluster.url,
    ({ method, url }) => holding && method === "PATCH" && url === "/api/v1/namespaces/default/pods/slow/status",
  );
  const teller = net.createServer().listen(0, "127.0.0.1");
  await once(teller, "listening");
  const runner = await startRunner({ server }, { images: scriptImages });
  onTestFinished(async () => {
    await runner.close();
    teller.close();
  });
  const { port } = teller.address() as AddressInfo;
  const script = `process.on("SIGTERM", () => {}); require("net").connect(${port}, "127.0.0.1").on("data", () => process.exit(7));`;
  await create(scriptPod("slow", script, { spec: { terminationGracePeriodSeconds: 600 } }));
  const [process] = (await once(teller, "connection")) as [net.Socket];
  process.on("error", () => undefined);
  const { metadata } = await untilPod("slow", isReady);
  const target = { namespace: "default", name: "slow" };
  await api.remove(resources.pods, target);
  await untilPod("slow", (pod) => pod.metadata.deletionTimestamp !== undefined);
  holding = true;
  // Somebody else's word, which the node sets right.
  const other = { status: { conditions: [{ type: "Ready", status: "False" }] } };
  await api.patch(resources.pods, target, other, { type: "strategic", subresource: "status" });
  await vi.waitFor(() => {
    expect(held.length).toBeGreaterThan(0);
  }, patience);
  process.write("end");
  await vi.waitFor(() => {
    expect(runner.podProcesses()).toEqual([]);
  }, patience);
  const ending = new AbortController();
  const events = api.watch(resources.pods, { resourceVersion: metadata.resourceVersion, signal: ending.signal });
  holding = false;
  for (const pass of held.splice(0)) pass();
  for await (const { type, object } of events) {
    if (type !== "DELETED") continue;
    expect(object.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 7 });
    break;
  }
  ending.abort();
});
