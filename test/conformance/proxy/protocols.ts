import { connect, createServer } from "node:http2";
import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { grpcRoute, service } from "./objects.ts";
import { define, to } from "./suite.ts";
import type { Stage } from "./suite.ts";

/** `kubernetes.io/h2c`: HTTP/2 without TLS, by prior knowledge. */
const h2c = "kubernetes.io/h2c";

define({
  "a WebSocket passes messages both ways": async ({ rig, with: serve, backend }) => {
    const { port, server } = await backend("socket", (_, response) => response.writeHead(426).end());
    new WebSocketServer({ server }).on("connection", (socket, request) => {
      socket.on("message", (data: Buffer, isBinary) => {
        socket.send(isBinary ? data : `${request.url ?? ""} ${data.toString()}`, { binary: isBinary });
      });
    });
    await rig.apply(service("socket", [{ port }]));
    await serve([{ rules: [{ backendRefs: [to("socket")] }] }], async () => {
      const at = rig.where(80);
      const socket = new WebSocket(`ws://${at.host}:${at.port}/chat?x=1`);
      await once(socket, "open");
      for (const [sent, expected] of [
        ["hello", "/chat?x=1 hello"],
        [Buffer.alloc(300_000, 7), Buffer.alloc(300_000, 7).toString()],
      ] as const) {
        const answered = once(socket, "message") as Promise<[Buffer]>;
        socket.send(sent);
        expect((await answered)[0].toString() === expected).toBe(true);
      }
      const closed = once(socket, "close");
      socket.close();
      await closed;
    });
  },

  "HTTP/2 without TLS is spoken with clients, and with backends whose Service says so": async (stage) => {
    await echoService(stage, "plain", async (name) => {
      await stage.with([{ rules: [{ backendRefs: [to(name)] }] }], async () => {
        const call = await open(stage, { ":method": "POST", ":path": "/some/path" });
        call.stream.end("body");
        expect(await call.headers).toMatchObject({ ":status": 200, "x-path": "/some/path" });
        expect(await call.rest()).toBe("body");
        await call.end();
      });
    });
  },

  "gRPC goes by an HTTPRoute: messages both ways while the call is open, and the status at its end": async (stage) => {
    await echoService(stage, "grpc", async (name) => {
      const matches = [{ path: { type: "Exact", value: "/echo.Echo/Talk" }, method: "POST" }];
      await stage.with([{ rules: [{ matches, backendRefs: [to(name)] }] }], async () => {
        await expectGrpc(stage, "/echo.Echo/Talk");
        expect(await grpcStatus(stage, "/echo.Echo/Other")).toBe("12");
      });
    });
  },

  "a GRPCRoute takes the methods that it names": async (stage) => {
    await echoService(stage, "grpc-route", async (name) => {
      const matches = [{ method: { service: "echo.Echo", method: "Talk" } }];
      const objects = [grpcRoute({ rules: [{ matches, backendRefs: [to(name)] }] })];
      await stage.rig.apply(objects);
      try {
        await expectGrpc(stage, "/echo.Echo/Talk");
        expect(await grpcStatus(stage, "/echo.Echo/Other")).toBe("12");
      } finally {
        await stage.rig.remove(objects);
      }
    });
  },
});

/** An HTTP/2 server that sends each body back as it comes and ends with a gRPC status, behind a Service that says h2c. */
async function echoService({ rig }: Stage, name: string, check: (name: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    response.setHeader("content-type", request.headers["content-type"] ?? "text/plain");
    response.setHeader("x-path", request.url);
    response.addTrailers({ "grpc-status": "0", "grpc-message": "done" });
    request.pipe(response);
  });
  server.listen(0, rig.ownHost);
  await once(server, "listening");
  await rig.apply(service(name, [{ port: (server.address() as AddressInfo).port }], h2c));
  try {
    await check(name);
  } finally {
    server.close();
  }
}

interface Http2Call {
  readonly stream: ClientHttp2Stream;
  readonly headers: Promise<IncomingHttpHeaders>;
  /** Waits for the trailers, which come only with a call that ends well. */
  readonly trailers: Promise<IncomingHttpHeaders>;
  next(): Promise<string>;
  rest(): Promise<string>;
  end(): Promise<void>;
}

/** A call on a connection of its own. */
async function open({ rig }: Stage, headers: OutgoingHttpHeaders): Promise<Http2Call> {
  const at = rig.where(80);
  const session = connect(`http://${at.host}:${at.port}`);
  await once(session, "connect");
  const stream = session.request({ ":authority": "example.com", ...headers });
  const first = async (event: string): Promise<IncomingHttpHeaders> => {
    const [found] = (await once(stream, event)) as [IncomingHttpHeaders];
    return found;
  };
  return {
    stream,
    headers: first("response"),
    trailers: first("trailers"),
    next: async () => String((await once(stream, "data"))[0]),
    rest: async () => {
      let text = "";
      for await (const chunk of stream) text += String(chunk);
      return text;
    },
    end: async () => {
      session.close();
      await once(session, "close");
    },
  };
}

async function expectGrpc(stage: Stage, path: string): Promise<void> {
  const call = await open(stage, {
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  for (const message of ["\0\0\0\0\u0003one", "\0\0\0\0\u0003two"]) {
    const next = call.next();
    call.stream.write(message);
    expect(await next).toBe(message);
  }
  expect(await call.headers).toMatchObject({ ":status": 200, "content-type": "application/grpc", "x-path": path });
  call.stream.end();
  expect(await call.trailers).toMatchObject({ "grpc-status": "0", "grpc-message": "done" });
  await call.end();
}

/** Of an answer that the data plane gives itself. */
async function grpcStatus(stage: Stage, path: string): Promise<unknown> {
  const call = await open(stage, {
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  call.trailers.catch(() => undefined);
  call.stream.resume().end();
  const headers = await call.headers;
  await call.end();
  return headers["grpc-status"];
}
