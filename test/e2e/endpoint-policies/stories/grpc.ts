import { once } from "node:events";
import { connect } from "node:http2";
import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openApp } from "../app.ts";
import type { App } from "../app.ts";
import { patience } from "../rig.ts";
import type { PolicyRig } from "../rig.ts";

const method = "/shop.Prices/Get";
/** With a method, because Contour takes no GRPCRoute that names a whole service. */
const grpc = { id: "prices", type: "grpc", match: { service: "shop.Prices", method: "Get" } };
const http = { id: "prices", match: { path: "/prices" } };

export function grpcStories(rig: () => PolicyRig): void {
  describe("an endpoint of type grpc", () => {
    test("answers the calls of its service", async () => {
      const app = await openApp(rig(), "calls");
      await app.setEndpoints([grpc]);
      await app.ready();
      await vi.waitFor(async () => {
        expect(await call(rig(), app)).toEqual({
          status: "0",
          answer: "a price",
          pod: expect.stringMatching(/^calls-prices-/) as unknown,
        });
      }, patience);
    });

    test("may have been of type http: its HTTPRoute goes, and its path is the application's again", async () => {
      const app = await openApp(rig(), "switch");
      const { client, namespace } = rig();
      await app.setEndpoints([http]);
      await app.answeredBy("/prices/x", "prices");
      await app.setEndpoints([grpc]);
      await app.ready();
      await vi.waitFor(async () => {
        expect((await call(rig(), app)).pod).toMatch(/^switch-prices-/);
      }, patience);
      await app.answeredBy("/prices/x", "main");
      const route = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", namespace, name: "switch-prices" };
      await expect(client.get(route)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });
  });
}

interface Called {
  /** gRPC's; empty where something else answered. */
  readonly status: string;
  readonly answer: string;
  readonly pod: string;
}

/** One call with one message, on a connection of its own. */
async function call({ gateway }: PolicyRig, app: App): Promise<Called> {
  const session: ClientHttp2Session = connect(gateway.url);
  onTestFinished(() => {
    session.destroy();
  });
  // What breaks is said by the stream as well.
  session.on("error", () => undefined);
  await once(session, "connect");
  const stream = session.request({
    ":method": "POST",
    ":path": method,
    ":authority": app.host,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const head = once(stream, "response") as Promise<[IncomingHttpHeaders]>;
  head.catch(() => undefined);
  let trailers: IncomingHttpHeaders = {};
  stream.on("trailers", (found: IncomingHttpHeaders) => {
    trailers = found;
  });
  stream.end(framed(Buffer.from("a price")));
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
  const [headers] = await head;
  session.close();
  const status = trailers["grpc-status"] ?? headers["grpc-status"] ?? "";
  return { status: String(status), answer: Buffer.concat(parts).subarray(5).toString(), pod: String(headers["x-pod"]) };
}

/** A message as gRPC sends it: not compressed, its length before it. */
function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
