import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";
import type { HeaderList } from "./header-list.ts";
import { objectOfPairs } from "./send-http2.ts";

/** The way back to a client, whatever the version of HTTP. */
export interface Responder {
  /** Takes the body. */
  readonly body: Writable;
  readonly headSent: () => boolean;
  informational(status: number, headers: HeaderList): void;
  head(status: number, headers: HeaderList, empty?: boolean): void;
  end(trailers: HeaderList): void;
  /** Breaks off, so that the client sees that the answer is not complete. */
  destroy(): void;
  /** Called once, when the client is gone or everything was written. */
  onClose(listener: (complete: boolean) => void): void;
}

/** `closing` says whether this should be the last answer on its connection. */
export function http1Responder(response: ServerResponse, closing: () => boolean): Responder {
  response.on("error", () => undefined);
  return {
    body: response,
    headSent: () => response.headersSent,
    informational: (status, headers) => {
      if (response.headersSent) return;
      if (status === 100) response.writeContinue();
      else if (status === 102) response.writeProcessing();
      else if (status === 103) {
        const hints = objectOfPairs(headers) as Record<string, string | string[]>;
        if (hints["link"] !== undefined) response.writeEarlyHints(hints);
      }
    },
    head: (status, headers) => {
      const close: string[] = closing() ? ["Connection", "close"] : [];
      response.writeHead(status, [...headers.flat(), ...close]);
    },
    end: (trailers) => {
      if (trailers.length > 0) response.addTrailers(trailers.map(([name, value]) => [name, value] as [string, string]));
      response.end();
    },
    destroy: () => {
      response.destroy();
    },
    onClose: (listener) => {
      response.once("close", () => {
        listener(response.writableFinished);
      });
    },
  };
}

export function http2Responder(stream: ServerHttp2Stream): Responder {
  let trailers: HeaderList = [];
  stream.on("error", () => undefined);
  stream.on("wantTrailers", () => {
    stream.sendTrailers(objectOfPairs(trailers));
  });
  const usable = (): boolean => !stream.destroyed && !stream.closed;
  return {
    body: stream,
    headSent: () => stream.headersSent,
    informational: (status, headers) => {
      if (usable() && !stream.headersSent && status !== 101)
        stream.additionalHeaders({ ...objectOfPairs(headers), ":status": status });
    },
    head: (status, headers, empty = false) => {
      if (usable())
        stream.respond(
          { ...objectOfPairs(headers), ":status": status },
          empty ? { endStream: true } : { waitForTrailers: true },
        );
    },
    end: (list) => {
      trailers = list;
      if (usable()) stream.end();
    },
    destroy: () => {
      // Not `close`, which ends the body first, so that it would pass for complete.
      stream.destroy(new Error("the answer broke off"));
    },
    onClose: (listener) => {
      stream.once("close", () => {
        listener(stream.rstCode === 0 && stream.writableFinished);
      });
    },
  };
}
