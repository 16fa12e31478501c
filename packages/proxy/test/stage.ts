import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { ProxyOptions } from "@headgate/proxy";
import { onTestFinished } from "vitest";
import { openInProcess } from "../../../test/conformance/proxy/in-process-rig.ts";
import type { InProcessRig } from "../../../test/conformance/proxy/in-process-rig.ts";
import { gateway, gatewayClass, httpRoute, service } from "../../../test/conformance/proxy/objects.ts";

/** A proxy that sends everything on port 80 to the given ports, as endpoints of the Service `b`. Closed when the test ends. */
export async function proxyTo(
  ports: readonly number[],
  options: ProxyOptions = {},
  appProtocol?: string,
): Promise<InProcessRig> {
  const rig = await openInProcess({ drainTimeoutMs: 200, ...options });
  onTestFinished(() => rig.close());
  const endpoints = ports.map((port) => ({ port }));
  const route = httpRoute({ rules: [{ backendRefs: [{ name: "b", port: 80 }] }] });
  await rig.apply([gatewayClass, gateway(), route, ...service("b", endpoints, appProtocol)]);
  return rig;
}

export interface ScriptedServer {
  readonly port: number;
  /** Requests that came in, by connection: each is the bytes of its head. */
  readonly requests: string[][];
}

/** A TCP server that answers what looks like the head of a request as the script says. `n` counts requests over all connections. */
export async function scripted(script: (socket: Socket, n: number, head: string) => void): Promise<ScriptedServer> {
  const requests: string[][] = [];
  const sockets = new Set<Socket>();
  let n = 0;
  const server = createServer((socket) => {
    const mine: string[] = [];
    requests.push(mine);
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      if (!/^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(text)) return;
      mine.push(text);
      script(socket, n++, text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

export const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Resolves once `holds` does; looks again whenever the event loop has gone round. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
