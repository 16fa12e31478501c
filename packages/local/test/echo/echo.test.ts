import * as http2 from "node:http2";
import * as net from "node:net";
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { frame } from "../../src/echo/grpc.ts";
import { echoSettings, parseDuration } from "../../src/echo/settings.ts";
import { type Echo, startEcho } from "../../src/echo/start-echo.ts";

const identity = { HOST: "127.0.0.1", PORT: "0", POD_NAME: "p", POD_NAMESPACE: "ns", IMAGE: "i", POD_IP: "127.0.0.1" };

async function start(env: Record<string, string> = {}): Promise<Echo & { url: string; port: number; log: string[] }> {
  const log: string[] = [];
  const echo = await startEcho(echoSettings({ ...identity, ...env }), (line) => log.push(line));
  onTestFinished(() => echo.close());
  const port = echo.httpPorts[0] ?? 0;
  return { ...echo, port, url: `http://127.0.0.1:${port}`, log };
}

function openHttp2(url: string): http2.ClientHttp2Session {
  const session = http2.connect(url);
  onTestFinished(() => {
    session.destroy();
  });
  return session;
}

async function collect(
  stream: http2.ClientHttp2Stream,
): Promise<{ headers: http2.IncomingHttpHeaders; trailers: http2.IncomingHttpHeaders; body: Buffer }> {
  const chunks: Buffer[] = [];
  let headers: http2.IncomingHttpHeaders = {};
  let trailers: http2.IncomingHttpHeaders = {};
  stream.on("response", (received: http2.IncomingHttpHeaders) => {
    headers = received;
  });
  stream.on("trailers", (received: http2.IncomingHttpHeaders) => {
    trailers = received;
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  return { headers, trailers, body: Buffer.concat(chunks) };
}

const call = (
  session: http2.ClientHttp2Session,
  path: string,
  message: Buffer,
): Promise<Awaited<ReturnType<typeof collect>>> => {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(frame(message));
  return collect(stream);
};

describe("one port", () => {
  test("answers HTTP/1.1 with who it is and what it got", async () => {
    const { url } = await start({ COLOUR: "blue" });
    const response = await fetch(`${url}/a?b=1`, { method: "PUT", body: "hello", headers: { "x-y": "z" } });
    expect(response.headers.get("x-pod")).toBe("p");
    expect(await response.json()).toMatchObject({
      pod: "p",
      namespace: "ns",
      image: "i",
      method: "PUT",
      path: "/a?b=1",
      protocol: "HTTP/1.1",
      body: "hello",
      headers: { "x-y": "z" },
      env: { COLOUR: "blue" },
    });
  });

  test("answers HTTP/2 without TLS", async () => {
    const { url } = await start();
    const stream = openHttp2(url).request({ ":path": "/two" });
    const { headers, body } = await collect(stream);
    expect(headers[":status"]).toBe(200);
    expect(JSON.parse(body.toString())).toMatchObject({ protocol: "HTTP/2.0", path: "/two" });
  });

  test("echoes the message of any gRPC method, and serves health", async () => {
    const { url } = await start();
    const session = openHttp2(url);
    const echoed = await call(session, "/acme.Shop/Buy", Buffer.from("cart"));
    expect(echoed.body).toEqual(frame(Buffer.from("cart")));
    expect(echoed.trailers["grpc-status"]).toBe("0");
    const health = await call(session, "/grpc.health.v1.Health/Check", Buffer.alloc(0));
    expect(health.body).toEqual(frame(Buffer.from([0x08, 1])));
    await fetch(`${url}/admin/ready?value=false`, { method: "POST" });
    const notServing = await call(session, "/grpc.health.v1.Health/Check", Buffer.alloc(0));
    expect(notServing.body).toEqual(frame(Buffer.from([0x08, 2])));
  });

  test("a gRPC call can be made to fail", async () => {
    const { url } = await start({ ECHO_ERROR_RATE: "1" });
    const { headers } = await call(openHttp2(url), "/acme.Shop/Buy", Buffer.from("cart"));
    expect(headers["grpc-status"]).toBe("14");
  });

  test("echoes WebSocket messages", async () => {
    const { port } = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    await once(socket, "open");
    socket.send("ping");
    const [data] = (await once(socket, "message")) as [Buffer];
    expect(data.toString()).toBe("ping");
    socket.close();
    await once(socket, "close");
  });

  test("a preface that comes in pieces is still HTTP/2's, and a method that begins like it is not", async () => {
    const { port } = await start();
    const socket = net.connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    socket.setNoDelay(true);
    for (const byte of "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
      socket.write(byte);
    const [data] = (await once(socket, "data")) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});

describe("ports and knobs", () => {
  test("a declared port named tcp gives raw bytes back", async () => {
    const echo = await startEcho(echoSettings({ ...identity, ECHO_TCP_PORT: "0" }), () => undefined);
    onTestFinished(() => echo.close());
    const socket = net.connect(echo.tcpPorts[0] ?? 0, "127.0.0.1");
    socket.write("raw\n");
    const [data] = (await once(socket, "data")) as [Buffer];
    expect(data.toString()).toBe("raw\n");
    socket.destroy();
    expect(echoSettings({ PORTS: "http=80,tcp-admin=81,=82" })).toMatchObject({ httpPorts: [80, 82], tcpPorts: [81] });
  });

  test("status, size, error rate and readiness", async () => {
    const { url } = await start({ ECHO_READY: "false", ECHO_ERROR_STATUS: "599" });
    expect((await fetch(`${url}/?status=418`)).status).toBe(418);
    expect((await fetch(url, { headers: { "x-echo-error-rate": "1" } })).status).toBe(599);
    expect((await (await fetch(`${url}/?size=1000`)).arrayBuffer()).byteLength).toBe(1000);
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await fetch(`${url}/admin/ready`, { method: "POST" });
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  test("a value that cannot be read is named", () => {
    expect(() => echoSettings({ ECHO_DELAY: "soon" })).toThrow('ECHO_DELAY: "soon" is not a duration');
    expect([parseDuration("250ms"), parseDuration("1.5s"), parseDuration("40"), parseDuration("1m")]).toEqual([
      250,
      1500,
      40,
      undefined,
    ]);
  });

  test("draining finishes what is in flight, which learns of it, and takes nothing new", async () => {
    const echo = await start();
    const { url, log } = echo;
    const slow = fetch(`${url}/?delay=300ms`);
    // The answer of a second connection shows that the first request was read.
    await fetch(`${url}/second`);
    const drained = echo.drain();
    const answer = await slow;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ terminating: true, pid: process.pid });
    await drained;
    await expect(fetch(url)).rejects.toThrow("fetch failed");
    expect(log.some((line) => line.startsWith("GET /?delay=300ms 200"))).toBe(true);
  });
});

test("a connection is kept for as long as the client likes", async () => {
  const { url } = await start();
  const answer = await fetch(url);
  await answer.text();
  // Where there is a limit it is announced.
  expect(answer.headers.get("keep-alive")).toBeNull();
});
