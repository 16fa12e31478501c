import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Backend {
  readonly name: string;
  readonly port: number;
  /** Requests that arrived, in order. */
  readonly seen: Seen[];
  readonly server: Server;
  close(): Promise<void>;
}

export interface Seen {
  readonly backend: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An HTTP/1.1 server that answers with what it saw, as JSON, unless `handler` answers otherwise. */
export async function startBackend(name: string, handler?: RequestListener, host = "127.0.0.1"): Promise<Backend> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    if (handler !== undefined) {
      handler(request, response);
      return;
    }
    void read(request).then((body) => {
      const entry = {
        backend: name,
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body,
      };
      seen.push(entry);
      response.setHeader("content-type", "application/json");
      response.setHeader("x-backend", name);
      response.end(JSON.stringify(entry));
    });
  });
  // A connection that both ends at the same moment, the proxy for a request and we for idleness, would be a request lost.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    name,
    port: (server.address() as AddressInfo).port,
    seen,
    server,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
