/** gRPC without a schema: any method gets its messages back; the health service says how the pod is. */
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import type { EchoState } from "./answer.ts";
import { type EchoSettings, parseDuration } from "./settings.ts";

const serving = 1;
const notServing = 2;
const unavailable = "14";

export async function answerGrpc(
  settings: EchoSettings,
  state: EchoState,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  response.setHeader("content-type", "application/grpc");
  response.setHeader("x-pod", settings.identity.pod);
  if (request.url === "/grpc.health.v1.Health/Check") {
    request.resume();
    response.addTrailers({ "grpc-status": "0" });
    response.end(frame(Buffer.from([0x08, state.ready ? serving : notServing])));
    return;
  }
  const header = request.headers["x-echo-delay"];
  const delayMs = parseDuration(typeof header === "string" ? header : "") ?? settings.delayMs;
  if (delayMs > 0) await pause(delayMs);
  if (Math.random() < settings.errorRate) {
    request.resume();
    response.setHeader("grpc-status", unavailable);
    response.setHeader("grpc-message", "error rate");
    response.end();
    return;
  }
  response.addTrailers({ "grpc-status": "0" });
  request.pipe(response);
}

/** One uncompressed message with its five-byte prefix. */
export function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
