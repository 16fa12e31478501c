import { connect, constants } from "node:http2";
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from "node:http2";
import { isIPv6 } from "node:net";
import type { Endpoint } from "@headgate/views/route-table";
import { cleanTrailers } from "./header-list.ts";
import type { HeaderList } from "./header-list.ts";
import { pairsOfObject } from "./inbound.ts";
import { SendError } from "./outbound.ts";
import type { Answer, Attempt, Outbound } from "./outbound.ts";

/** The HTTP/2 connection to one endpoint, opened when it is needed. */
export class Http2Connection {
  readonly #url: string;
  #session: ClientHttp2Session | undefined;

  constructor({ address, port }: Endpoint) {
    this.#url = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  }

  /** A session that takes new requests, and whether it stood before. */
  open(): { readonly session: ClientHttp2Session; readonly reused: boolean } {
    const known = this.#session;
    if (known !== undefined && !known.closed && !known.destroyed) return { session: known, reused: !known.connecting };
    const session = connect(this.#url);
    this.#session = session;
    const forget = (): void => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on("error", forget);
    session.on("goaway", () => {
      forget();
      session.close();
    });
    session.on("close", forget);
    return { session, reused: false };
  }

  /** Closes once nothing is in progress. */
  close(): void {
    this.#session?.close();
  }
}

/** Several values of one field become a list, as Node wants them. */
export function objectOfPairs(headers: HeaderList): OutgoingHttpHeaders {
  const values = new Map<string, string[]>();
  for (const [written, value] of headers) {
    const name = written.toLowerCase();
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  // Node refuses lists for fields that may come once; several values of a list field are the same as one with commas.
  return Object.fromEntries([...values].map(([name, all]) => [name, name === "set-cookie" ? all : all.join(", ")]));
}

/** Sends a request over HTTP/2 without TLS. */
export function sendHttp2(connection: Http2Connection, out: Outbound): Attempt {
  const { session, reused } = connection.open();
  let connected = reused;
  let bodyRead = false;
  const stream = session.request(
    {
      ...objectOfPairs(out.headers),
      ":method": out.method,
      ":path": out.target,
      ":authority": out.authority,
      ":scheme": "http",
      ...(out.wantsTrailers ? { te: "trailers" } : {}),
    },
    { endStream: out.body === undefined, waitForTrailers: out.body !== undefined },
  );
  const timer = setTimeout(() => {
    if (!connected) session.destroy(new Error(`no connection within ${out.connectTimeoutMs} ms`));
  }, out.connectTimeoutMs);
  const start = (): void => {
    clearTimeout(timer);
    connected = true;
    if (out.body === undefined || stream.destroyed) return;
    bodyRead = true;
    out.body.pipe(stream, { end: false });
    out.body.once("end", () => {
      if (out.bodyComplete()) stream.end();
      else stream.destroy(new Error("the client's body broke off"));
    });
  };
  if (session.connecting) session.once("connect", start);
  else start();
  stream.on("wantTrailers", () => {
    stream.sendTrailers(objectOfPairs(cleanTrailers(out.trailers())));
  });
  stream.on("headers", (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => {
    out.onInformational(headers[":status"] ?? 100, pairsOfObject(headers));
  });

  const answer = new Promise<Answer>((resolve, reject) => {
    stream.once("response", (headers, flags) => {
      resolve(answerOf(stream, headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0));
    });
    const fail = (error: Error): void => {
      const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      reject(
        new SendError(error, {
          reached: !connected || refused ? "nothing" : reused ? "dead-connection" : "something",
          bodyRead,
          reused,
        }),
      );
    };
    stream.on("error", fail);
    stream.once("close", () => {
      clearTimeout(timer);
      fail(new Error("the stream closed without an answer"));
    });
  });
  return {
    answer,
    cancel: () => {
      // Not `close`, which ends the body first, so that it would pass for complete.
      stream.destroy(new Error("broken off"));
    },
  };
}

function answerOf(
  stream: ClientHttp2Stream,
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
  empty: boolean,
): Answer {
  let trailers: HeaderList = [];
  stream.on("trailers", (found: IncomingHttpHeaders) => {
    trailers = pairsOfObject(found);
  });
  return {
    status: headers[":status"] ?? 502,
    headers: pairsOfObject(headers),
    body: stream,
    // A stream that was reset ends all the same.
    complete: () => stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted,
    empty,
    trailers: () => trailers,
  };
}
