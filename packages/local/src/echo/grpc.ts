/** gRPC without a schema: any method gets its messages back; the health service says how the pod is. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import type { EchoState } from "./answer.ts";
import { type EchoSettings, parseDuration } from "./settings.ts";

const serving = 1;
const notServing = 2;
const unavailable = "14";

export async function answerGrpc(
  settings: EchoSettings,
  state: EchoState,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const path = headers[":path"] ?? "";
  const common = { ":status": 200, "content-type": "application/grpc", "x-pod": settings.identity.pod };
  const isHealth = path === "/grpc.health.v1.Health/Check";
  if (!isHealth) {
    const header = headers["x-echo-delay"];
    const delayMs = parseDuration(typeof header === "string" ? header : "") ?? settings.delayMs;
    if (delayMs > 0) await pause(delayMs);
    if (Math.random() < settings.errorRate) {
      stream.respond({ ...common, "grpc-status": unavailable, "grpc-message": "error rate" }, { endStream: true });
      return;
    }
  }
  stream.respond(common, { waitForTrailers: true });
  stream.on("wantTrailers", () => {
    stream.sendTrailers({ "grpc-status": "0" });
  });
  if (isHealth) {
    stream.resume();
    stream.end(frame(Buffer.from([0x08, state.ready ? serving : notServing])));
  } else {
    stream.pipe(stream);
  }
}

/** One uncompressed message with its five-byte prefix. */
export function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
