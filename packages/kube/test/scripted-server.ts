import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Client, ClientOptions } from "../src/index.ts";
import { connect } from "../src/index.ts";

/** What a client sent, as the server read it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export interface ScriptedServer {
  readonly url: string;
  readonly received: Received[];
}

export type Script = (request: Received, response: ServerResponse, count: number) => void | Promise<void>;

/** An HTTP server that answers as a test tells it; it is closed when the test is done. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = new URL(request.url ?? "/", "http://server");
      const text = Buffer.concat(chunks).toString("utf8");
      const seen = {
        method: request.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: text === "" ? undefined : (JSON.parse(text) as unknown),
      };
      received.push(seen);
      await script(seen, response, received.length);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** A client of a scripted server; it is closed when the test is done. */
export async function scriptedClient(
  script: Script,
  options: ClientOptions = {},
): Promise<{ readonly client: Client; readonly received: readonly Received[] }> {
  const { url, received } = await scriptedServer(script);
  const client = connect({ server: url }, options);
  onTestFinished(() => client.close());
  return { client, received };
}

export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** A Status object, as the API server reports failures. */
export function status(code: number, reason: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return { apiVersion: "v1", kind: "Status", status: "Failure", code, reason, message: `because ${reason}`, ...more };
}
