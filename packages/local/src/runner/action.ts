/** What probes and lifecycle hooks do: HTTP, TCP, exec, gRPC health, sleep. */
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as net from "node:net";
import { text } from "node:stream/consumers";
import { type Clock, pause } from "../client/clock.ts";
import type { Container, Handler, HttpGetAction } from "../client/kinds.ts";
import { expand, type Launch } from "./environment.ts";
import type { Outcome } from "./probe.ts";
import type { Processes } from "./processes.ts";

export interface ActionContext {
  readonly container: Container;
  readonly launch: Launch;
  /** Where a port of the pod is reached. */
  readonly reach: (port: number) => { host: string; port: number };
  readonly processes: Processes;
  readonly clock: Clock;
}

/** Never rejects: what goes wrong is an outcome. Aborting the signal ends it early. */
export async function act(handler: Handler, context: ActionContext, signal: AbortSignal): Promise<Outcome> {
  try {
    const { httpGet, tcpSocket, exec, grpc, sleep } = handler;
    if (httpGet !== undefined) return await getHttp(httpGet, context, signal);
    if (tcpSocket !== undefined) return await dial(target(context, tcpSocket.port, tcpSocket.host), signal);
    if (exec !== undefined) return await execute(exec.command ?? [], context, signal);
    if (grpc !== undefined) return await checkHealth(target(context, grpc.port), grpc.service ?? "", signal);
    if (sleep === undefined) return { ok: false, message: "this kind of action is not offered by this node" };
    await pause(context.clock, sleep.seconds * 1000, signal);
    return { ok: true, message: "" };
  } catch (error) {
    if (signal.aborted) return { ok: false, message: "timed out" };
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function target(context: ActionContext, port: number | string, host?: string): { host: string; port: number } {
  const number = typeof port === "number" ? port : (portNamed(context.container, port) ?? Number(port));
  if (!Number.isInteger(number)) throw new Error(`couldn't find port: ${port}`);
  return host === undefined || host === "" ? context.reach(number) : { host, port: number };
}

function portNamed(container: Container, name: string): number | undefined {
  return container.ports?.find((port) => port.name === name)?.containerPort;
}

async function getHttp(action: HttpGetAction, context: ActionContext, signal: AbortSignal): Promise<Outcome> {
  const { path = "/", scheme = "HTTP", httpHeaders = [] } = action;
  const headers: Record<string, string> = { "user-agent": "kube-probe/local", accept: "*/*" };
  for (const { name, value } of httpHeaders) headers[name.toLowerCase()] = value;
  const { host, port } = target(context, action.port, action.host);
  const options = { host, port, path: path.startsWith("/") ? path : `/${path}`, headers, agent: false, signal };
  const status = await new Promise<number>((resolve, reject) => {
    const receive = (response: http.IncomingMessage): void => {
      response.resume();
      resolve(response.statusCode ?? 0);
    };
    // Certificates are not checked: probes ask whether the pod answers, not who it is.
    const tls = { ...options, rejectUnauthorized: false };
    const request = scheme === "HTTPS" ? https.get(tls, receive) : http.get(options, receive);
    request.on("error", reject);
  });
  const ok = status >= 200 && status < 400;
  return { ok, message: ok ? "" : `HTTP probe failed with statuscode: ${status}` };
}

function dial(address: { host: string; port: number }, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...address, signal });
    socket.once("connect", () => {
      socket.destroy();
      resolve({ ok: true, message: "" });
    });
    socket.on("error", reject);
  });
}

async function execute(command: readonly string[], context: ActionContext, signal: AbortSignal): Promise<Outcome> {
  const { launch, processes } = context;
  const [program = "", ...args] = command.map((word) => expand(word, launch.env));
  const child = await processes.start({ ...launch, command: program, args });
  const stop = (): void => {
    child.kill();
  };
  signal.addEventListener("abort", stop);
  const [exit, out, err] = await Promise.all([child.exited, text(child.stdout), text(child.stderr)]);
  signal.removeEventListener("abort", stop);
  if (signal.aborted) return { ok: false, message: "command timed out" };
  return {
    ok: exit.exitCode === 0,
    message: exit.exitCode === 0 ? "" : (err + out).trim() || `exit code ${exit.exitCode}`,
  };
}

const servingStatus = 1;

/** `grpc.health.v1.Health/Check`: the answer's field 1 says SERVING. */
async function checkHealth(
  address: { host: string; port: number },
  service: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const session = http2.connect(
    `http://${net.isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`,
  );
  const abort = (): void => {
    session.destroy(new Error("timed out"));
  };
  signal.addEventListener("abort", abort);
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({
        ":method": "POST",
        ":path": "/grpc.health.v1.Health/Check",
        "content-type": "application/grpc",
        te: "trailers",
      });
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => {
        // Prefix of five bytes, then the field's tag and its value.
        const [tag, value] = Buffer.concat(chunks).subarray(5);
        const ok = tag === 0x08 && value === servingStatus;
        resolve({ ok, message: ok ? "" : "service unhealthy (not SERVING)" });
      });
      stream.end(healthRequest(service));
    });
  } finally {
    signal.removeEventListener("abort", abort);
    session.destroy();
  }
}

function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length > 127) throw new Error("the service name of a gRPC probe is too long");
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
}
