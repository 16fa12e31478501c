import { request as newRequest, ServerResponse } from "node:http";
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { answerHeaders, decide } from "./decide.ts";
import { answerOwn, exchange } from "./exchange.ts";
import type { Surroundings } from "./exchange.ts";
import { pairsOf, tokensOf, valuesOf } from "./header-list.ts";
import type { HeaderList } from "./header-list.ts";
import { inboundOfHttp1 } from "./inbound.ts";
import { lessBusy } from "./pick.ts";
import type { Live } from "./pools.ts";
import { http1Responder } from "./responder.ts";

/** Whether a request asks for another protocol that can be passed through. `h2c` is an offer that a proxy declines by ignoring it. */
export function isUpgrade(request: IncomingMessage): boolean {
  const headers = pairsOf(request.rawHeaders);
  return (
    request.httpVersion === "1.1" &&
    request.method === "GET" &&
    tokensOf(headers, "connection").includes("upgrade") &&
    tokensOf(headers, "upgrade").length === 1 &&
    !tokensOf(headers, "upgrade").includes("h2c") &&
    tokensOf(headers, "transfer-encoding").length === 0 &&
    (valuesOf(headers, "content-length")[0] ?? "0") === "0"
  );
}

/** Serves a request for an upgrade: the backend decides, and once it agrees bytes go both ways as they are. */
export function serveUpgrade(request: IncomingMessage, client: Duplex, head: Buffer, around: Surroundings): void {
  if (!(client instanceof Socket)) throw new Error("an upgrade came on something that is no socket");
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(client);
  response.once("finish", () => {
    response.detachSocket(client);
    client.end();
  });
  client.on("error", () => client.destroy());
  const inbound = inboundOfHttp1(request);
  const responder = http1Responder(response, () => true);
  const decision = decide(inbound, around);
  if (decision.do !== "forward") {
    exchange(inbound, responder, around);
    return;
  }
  const { rule, backend, request: rewritten } = decision;
  const target = around.pools.get(backend.target);
  if (target === undefined || target.lives.length === 0) {
    answerOwn(inbound, responder, "no-endpoint", around);
    return;
  }
  target.load.total += 1;
  const flat = [
    "Host",
    rewritten.authority,
    ...rewritten.headers.flat(),
    "Connection",
    "Upgrade",
    "Upgrade",
    inbound.header("upgrade") ?? "",
  ];

  const attempt = (choices: readonly Live[], left: number): void => {
    const live = left > 0 ? lessBusy(choices, (choice) => choice.inFlight, around.random) : undefined;
    if (live === undefined) {
      target.load.failed += 1;
      answerOwn(inbound, responder, "connect-failed", around);
      return;
    }
    open(live, (reason) => {
      if (client.destroyed) return;
      if (reason === "connect-failed")
        attempt(
          choices.filter((choice) => choice !== live),
          left - 1,
        );
      else {
        target.load.failed += 1;
        answerOwn(inbound, responder, reason, around);
      }
    });
  };

  const open = (live: Live, failed: (reason: "connect-failed" | "connection-broken" | "timed-out") => void): void => {
    const finish = around.pools.begin(target, live);
    const { address, port } = live.endpoint;
    let phase: "connect-failed" | "connection-broken" | "timed-out" = "connect-failed";
    const out = newRequest({
      host: address,
      port,
      method: "GET",
      path: rewritten.target,
      headers: flat,
      setHost: false,
      agent: false,
    });
    let timer = setTimeout(() => out.destroy(), around.connectTimeoutMs);
    const onClientGone = (): void => {
      out.destroy();
    };
    const answered = (): void => {
      clearTimeout(timer);
      client.once("close", finish);
      if (client.destroyed) finish();
    };
    client.once("close", onClientGone);
    out.once("socket", (socket) => {
      socket.once("connect", () => {
        clearTimeout(timer);
        phase = "connection-broken";
        const limit = rule.timeouts.backendRequest ?? rule.timeouts.request;
        if (limit === undefined) return;
        timer = setTimeout(() => {
          phase = "timed-out";
          out.destroy();
        }, limit);
      });
    });
    out.on("error", () => {
      clearTimeout(timer);
      finish();
      client.off("close", onClientGone);
      if (response.headersSent) client.destroy();
      else failed(phase);
    });
    out.once("response", (answer) => {
      answered();
      responder.head(answer.statusCode ?? 502, answerHeaders(pairsOf(answer.rawHeaders), rule, backend));
      answer.pipe(response);
      answer.on("error", () => client.destroy());
    });
    out.once("upgrade", (answer, upstream, rest) => {
      answered();
      client.off("close", onClientGone);
      response.detachSocket(client);
      client.write(switchingHead(answer, answerHeaders(pairsOf(answer.rawHeaders), rule, backend)));
      splice(client, upstream, { fromClient: head, fromBackend: rest });
    });
    out.end();
  };
  attempt(target.lives, around.attempts);
}

function switchingHead(answer: IncomingMessage, headers: HeaderList): string {
  const fields: HeaderList = [...headers, ["Connection", "Upgrade"], ["Upgrade", answer.headers.upgrade ?? ""]];
  return `HTTP/1.1 101 Switching Protocols\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** Passes bytes both ways until either side ends; each side's end is passed on as an end, its failure as a failure. */
function splice(
  client: Duplex,
  upstream: Duplex,
  early: { readonly fromClient: Buffer; readonly fromBackend: Buffer },
): void {
  if (early.fromClient.length > 0) upstream.write(early.fromClient);
  if (early.fromBackend.length > 0) client.write(early.fromBackend);
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.once("close", () => {
      if (from.readableEnded) to.end();
      else to.destroy();
    });
  }
}
