/**
 * A monolith: search, cart, payments and stock in one program, over HTTP (8080) and gRPC (9090). The Guard keeps each part to the pods
 * that were started for it; without ENDPOINTSCALER_GUARDRAIL, as in the application's own pods, all of it is served.
 */
import { createServer } from "node:http";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
import { activeEndpoint, guardConnect } from "@headgate/guard";
import { guardGrpc } from "@headgate/guard/grpc";
import { payments, stock } from "./grpc-services.ts";

const { HOST: host = "127.0.0.1", PORTS = "", POD_NAME: pod = "none" } = process.env;
/** Where the ports of the pod are to be opened: at their own numbers, but on a machine where pods have no address of their own. */
const ports = new URLSearchParams(PORTS.replaceAll(",", "&"));
const portOf = (name: string, otherwise: number): number => Number(ports.get(name) ?? otherwise);

const about = (asked: string): object => ({ pod, endpoint: activeEndpoint() || "all", asked });

const guards = new Map([
  ["search", guardConnect("search")],
  ["cart", guardConnect("cart")],
]);
const web = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://shop");
  const answer = (): void => {
    response.setHeader("content-type", "application/json").end(`${JSON.stringify(about(pathname))}\n`);
  };
  const guard = guards.get(pathname.split("/")[1] ?? "");
  if (guard === undefined) answer();
  else guard(request, response, answer);
});
// The gateway decides how long it keeps a connection: one that we end while it sends a request would fail that.
web.keepAliveTimeout = 0;

const answerCall: handleUnaryCall<object, object> = (call, callback) => {
  callback(null, about(call.getPath()));
};
const rpc = new Server({
  interceptors: [guardGrpc({ "shop.Payments/Charge": "payments", "shop.Stock/Reserve": "stock" })],
});
rpc.addService(payments, { Charge: answerCall });
rpc.addService(stock, { Reserve: answerCall, Count: answerCall });

web.listen(portOf("http", 8080), host, () => {
  rpc.bindAsync(`${host}:${String(portOf("grpc", 9090))}`, ServerCredentials.createInsecure(), (error) => {
    if (error !== null) throw error;
    console.log(`${pod} serves ${activeEndpoint() || "everything"}`);
  });
});

process.once("SIGTERM", () => {
  // Gateways hear a moment later that this pod goes: until then it serves on.
  setTimeout(() => {
    rpc.tryShutdown(() => {
      web.close(() => process.exit(0));
      web.closeIdleConnections();
    });
  }, 1_000);
});
