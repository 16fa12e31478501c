import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Seen } from "./backend.ts";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
}

export interface Call {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** One request on a connection of its own. */
export async function call(
  to: { readonly host: string; readonly port: number },
  { host = "example.com", path = "/", method = "GET", headers, body }: Call = {},
): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const out = request({ ...to, path, method, agent: false, headers: { host, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          trailers: response.trailers,
        });
      });
    });
    out.on("error", reject);
    out.end(body);
  });
}

/** What the backend says that it saw. */
export function seenBy(reply: Reply): Seen {
  return JSON.parse(reply.body) as Seen;
}

export interface RawConnection {
  readonly socket: Socket;
  /** Resolves with everything received so far once `until` holds for it, or the peer has closed. */
  readonly received: (until?: (text: string) => boolean) => Promise<string>;
}

/** A connection on which a test writes bytes as it likes. */
export async function rawConnection(to: { readonly host: string; readonly port: number }): Promise<RawConnection> {
  const socket = connect(to);
  let text = "";
  let closed = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    wake();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed = true;
    wake();
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return {
    socket,
    received: (until = () => false) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!closed && !until(text)) return;
          waiting.delete(check);
          resolve(text);
        };
        waiting.add(check);
        check();
      }),
  };
}
