import { connect, constants, createServer } from "node:http2";
import type { ClientHttp2Session, IncomingHttpHeaders, IncomingHttpStatusHeader, ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startBackend } from "../../../test/conformance/proxy/backend.ts";
import type { Seen } from "../../../test/conformance/proxy/backend.ts";
import { call } from "../../../test/conformance/proxy/client.ts";
import type { InProcessRig } from "../../../test/conformance/proxy/in-process-rig.ts";
import { aFreePort } from "../../../test/e2e/free-port.ts";
import { proxyTo, until } from "./stage.ts";

interface H2Server {
  readonly port: number;
  readonly sessions: () => number;
}

async function h2Server(serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void): Promise<H2Server> {
  const server = createServer();
  let sessions = 0;
  const open = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions += 1;
    open.add(session);
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    serve(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const session of open) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, sessions: () => sessions };
}

function client(rig: InProcessRig): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${rig.where(80).port}`);
  session.on("error", () => undefined);
  onTestFinished(() => {
    session.destroy();
  });
  return session;
}

interface Reply {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly trailers: IncomingHttpHeaders;
  readonly body: string;
  readonly endedWithHeaders: boolean;
}

async function ask(session: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const stream = session.request(
      { ":path": "/", ":authority": "a.test", ...headers },
      { endStream: body === undefined },
    );
    let head: Reply["headers"] = {};
    let trailers: IncomingHttpHeaders = {};
    let endedWithHeaders = false;
    let text = "";
    stream.on("response", (h, flags) => {
      head = h;
      endedWithHeaders = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    });
    stream.on("trailers", (t: IncomingHttpHeaders) => (trailers = t));
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    stream.on("error", reject);
    stream.on("close", () => {
      if (stream.rstCode === 0) resolve({ headers: head, trailers, body: text, endedWithHeaders });
      else reject(new Error(`reset ${stream.rstCode}`));
    });
    if (body !== undefined) stream.end(body);
  });
}

test("a client with prior knowledge of HTTP/2 reaches an HTTP/1.1 backend", async () => {
  const backend = await startBackend("h1");
  onTestFinished(() => backend.close());
  const rig = await proxyTo([backend.port]);
  const session = client(rig);
  const reply = await ask(session, { ":method": "POST", ":path": "/x?y", cookie: "a=1; b=2", "x-a": "b" }, "body");
  expect(reply.headers[":status"]).toBe(200);
  const seen = JSON.parse(reply.body) as Seen;
  expect(seen).toMatchObject({ method: "POST", url: "/x?y", body: "body" });
  expect(seen.headers).toMatchObject({
    host: "a.test",
    cookie: "a=1; b=2",
    "x-a": "b",
    "x-forwarded-for": "127.0.0.1",
  });
  const many = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(session, { ":path": `/${i}` })));
  expect(many.map((r) => (JSON.parse(r.body) as { url: string }).url)).toEqual(many.map((_, i) => `/${i}`));
});

test("a gRPC call passes with its trailers over one connection to the backend", async () => {
  const server = await h2Server((stream, headers) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "x-te": String(headers["te"]) },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => {
      stream.sendTrailers({ "grpc-status": "0", "grpc-message": "fine" });
    });
    stream.pipe(stream);
  });
  const rig = await proxyTo([server.port], {}, "kubernetes.io/h2c");
  const session = client(rig);
  for (let i = 0; i < 3; i++) {
    const reply = await ask(
      session,
      { ":method": "POST", "content-type": "application/grpc", te: "trailers" },
      "message",
    );
    expect(reply).toMatchObject({ body: "message", trailers: { "grpc-status": "0", "grpc-message": "fine" } });
    expect(reply.headers["x-te"]).toBe("trailers");
  }
  expect(server.sessions()).toBe(1);
});

test("an answer that is trailers alone stays one", async () => {
  const server = await h2Server((stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "5" }, { endStream: true });
  });
  const rig = await proxyTo([server.port], {}, "kubernetes.io/h2c");
  const reply = await ask(
    client(rig),
    { ":method": "POST", "content-type": "application/grpc", te: "trailers" },
    "message",
  );
  expect(reply.endedWithHeaders).toBe(true);
  expect(reply.headers["grpc-status"]).toBe("5");
});

test("a call streams both ways at once", async () => {
  const server = await h2Server((stream) => {
    stream.respond({ ":status": 200 });
    stream.on("data", (chunk: Buffer) => stream.write(`echo ${chunk.toString()};`));
    stream.on("end", () => stream.end("bye"));
  });
  const rig = await proxyTo([server.port], {}, "kubernetes.io/h2c");
  const stream = client(rig).request({ ":method": "POST", ":path": "/", ":authority": "a" }, { endStream: false });
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  for (let i = 0; i < 3; i++) {
    stream.write(String(i));
    await until(() => text.endsWith(`echo ${i};`));
  }
  stream.end();
  await until(() => text.endsWith("bye"));
});

test("an HTTP/1.1 client reaches an h2c backend", async () => {
  const server = await h2Server((stream, headers) => {
    let body = "";
    stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
    stream.on("end", () => {
      stream.respond({ ":status": 201, "set-cookie": ["a=1", "b=2"] });
      stream.end(`${String(headers[":method"])} ${String(headers[":path"])} ${String(headers[":authority"])} ${body}`);
    });
  });
  const rig = await proxyTo([server.port], {}, "kubernetes.io/h2c");
  const reply = await call(rig.where(80), { path: "/p", method: "PUT", body: "content" });
  expect(reply).toMatchObject({ status: 201, body: "PUT /p example.com content" });
  expect(reply.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
});

test("a stream that the backend resets is reset for the client, or 502 when nothing was said yet", async () => {
  const server = await h2Server((stream, headers) => {
    if (headers[":path"] === "/late") {
      stream.respond({ ":status": 200 });
      stream.write("part", () => stream.destroy(new Error("reset")));
    } else stream.destroy(new Error("reset"));
  });
  const rig = await proxyTo([server.port], {}, "kubernetes.io/h2c");
  const session = client(rig);
  expect((await ask(session, { ":method": "POST", ":path": "/" }, "x")).headers[":status"]).toBe(502);
  await expect(ask(session, { ":path": "/late" })).rejects.toThrow(/reset|INTERNAL/);
  expect((await call(rig.where(80))).status).toBe(502);
});

test("a client that cancels its stream ends it at the backend", async () => {
  let closed = 0;
  let opened = 0;
  const server = await h2Server((stream) => {
    opened += 1;
    stream.on("close", () => (closed += 1));
  });
  const rig = await proxyTo([server.port], {}, "kubernetes.io/h2c");
  const stream = client(rig).request({ ":path": "/", ":authority": "a" });
  stream.on("error", () => undefined);
  await until(() => opened === 1);
  stream.close(constants.NGHTTP2_CANCEL);
  await until(() => closed === 1 && rig.proxy.stats().targets.get("a/b:80")?.inFlight === 0);
});

test.each(["h1", "h2c"])(
  "an upload that breaks off is never complete at a backend that speaks %s",
  async (protocol) => {
    let [arrived, ended, aborted] = [0, 0, 0];
    const whole = await h2Server((stream) => {
      stream.on("data", () => (arrived += 1));
      stream.on("close", () => (stream.rstCode === 0 ? (ended += 1) : (aborted += 1)));
    });
    const plain = await startBackend("h1", (request) => {
      request.on("data", () => (arrived += 1));
      request.on("error", () => undefined);
      request.on("close", () => (request.complete ? (ended += 1) : (aborted += 1)));
    });
    onTestFinished(() => plain.close());
    const rig = protocol === "h1" ? await proxyTo([plain.port]) : await proxyTo([whole.port], {}, "kubernetes.io/h2c");
    const stream = client(rig).request({ ":method": "POST", ":path": "/", ":authority": "a" }, { endStream: false });
    stream.on("error", () => undefined);
    stream.write("part");
    await until(() => arrived === 1);
    stream.destroy(new Error("changed my mind"));
    await until(() => ended + aborted === 1);
    expect({ ended, aborted }).toEqual({ ended: 0, aborted: 1 });
  },
);

test("gRPC clients get a status that they understand when the proxy answers itself", async () => {
  const rig = await proxyTo([], {}, "kubernetes.io/h2c");
  const reply = await ask(
    client(rig),
    { ":method": "POST", "content-type": "application/grpc", te: "trailers" },
    "message",
  );
  expect(reply.headers).toMatchObject({ ":status": 200, "grpc-status": "14", "headgate-reason": "no-endpoint" });
  expect(reply.endedWithHeaders).toBe(true);
});

test("an h2c backend that can't be reached is 503, and one that went away is dialled anew", async () => {
  const rig = await proxyTo([await aFreePort()], {}, "kubernetes.io/h2c");
  expect((await call(rig.where(80))).headers["headgate-reason"]).toBe("connect-failed");
  const session = client(rig);
  expect((await ask(session, {})).headers[":status"]).toBe(503);
});

test("closing sends HTTP/2 clients away when their streams have ended", async () => {
  let answer = (): void => undefined;
  const server = await h2Server((stream) => {
    answer = () => {
      stream.respond({ ":status": 200 });
      stream.end("late");
    };
  });
  const rig = await proxyTo([server.port], { drainTimeoutMs: 20_000 }, "kubernetes.io/h2c");
  const session = client(rig);
  const reply = ask(session, {});
  await until(() => rig.proxy.stats().targets.get("a/b:80")?.inFlight === 1 && answer.toString().includes("respond"));
  const closed = rig.close();
  answer();
  expect((await reply).body).toBe("late");
  await closed;
  await until(() => session.closed);
});
