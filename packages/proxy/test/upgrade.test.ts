import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { startBackend } from "../../../test/conformance/proxy/backend.ts";
import { rawConnection } from "../../../test/conformance/proxy/client.ts";
import { service } from "../../../test/conformance/proxy/objects.ts";
import { aFreePort } from "../../../test/e2e/free-port.ts";
import { ok, proxyTo, scripted, until } from "./stage.ts";

async function webSocketServer(): Promise<{ port: number; server: WebSocketServer }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  server.on("connection", (socket, request) => {
    socket.send(JSON.stringify({ url: request.url, forwarded: request.headers["x-forwarded-for"] }));
    socket.on("message", (data, binary) => {
      socket.send(data, { binary });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => http.close(resolve));
  });
  return { port: (http.address() as AddressInfo).port, server };
}

async function opened(url: string): Promise<{ socket: WebSocket; next: () => Promise<string> }> {
  const socket = new WebSocket(url);
  const messages: string[] = [];
  socket.on("message", (data: Buffer) => messages.push(data.toString()));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return {
    socket,
    next: async () => {
      await until(() => messages.length > 0);
      return messages.shift()!;
    },
  };
}

test("a WebSocket passes through both ways, is counted while it is open, and closes on both sides", async () => {
  const { port, server } = await webSocketServer();
  const rig = await proxyTo([port]);
  const { socket, next } = await opened(`ws://127.0.0.1:${rig.where(80).port}/chat?x=1`);
  expect(JSON.parse(await next())).toEqual({ url: "/chat?x=1", forwarded: "127.0.0.1" });
  socket.send("hello");
  expect(await next()).toBe("hello");
  const large = "x".repeat(2_000_000);
  socket.send(large);
  expect((await next()) === large).toBe(true);
  expect(rig.proxy.stats().targets.get("a/b:80")).toEqual({ inFlight: 1, total: 1, failed: 0 });
  socket.close(1000);
  await until(() => server.clients.size === 0 && rig.proxy.stats().targets.get("a/b:80")?.inFlight === 0);
});

test("a WebSocket outlives the withdrawal of its endpoint and the request timeout", async () => {
  const { port } = await webSocketServer();
  const rig = await proxyTo([port]);
  const { socket, next } = await opened(`ws://127.0.0.1:${rig.where(80).port}/`);
  await next();
  await rig.remove([service("b", [{ port }])[1]!]);
  socket.send("still there");
  expect(await next()).toBe("still there");
  socket.terminate();
  await until(() => rig.proxy.stats().targets.get("a/b:80")?.inFlight === 0);
});

test("a client that breaks off takes the backend's side with it, and the other way round", async () => {
  const { port, server } = await webSocketServer();
  const rig = await proxyTo([port]);
  const one = await opened(`ws://127.0.0.1:${rig.where(80).port}/`);
  one.socket.terminate();
  await until(() => server.clients.size === 0);
  const two = await opened(`ws://127.0.0.1:${rig.where(80).port}/`);
  for (const client of server.clients) client.terminate();
  await until(() => two.socket.readyState === WebSocket.CLOSED);
  await until(() => rig.proxy.stats().targets.get("a/b:80")?.inFlight === 0);
});

const ask = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: some-protocol\r\n\r\n";

test("any protocol passes, with bytes that came right behind the heads", async () => {
  const server = await scripted((socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: some-protocol\r\nX-Extra: 1\r\n\r\nearly",
    );
    socket.on("data", (chunk) => socket.write(`[${chunk.toString()}]`));
  });
  const rig = await proxyTo([server.port]);
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write(`${ask}raw`);
  const text = await received((t) => t.includes("[raw]"));
  expect(text).toContain("X-Extra: 1");
  expect(text).toContain("\r\n\r\nearly");
  socket.end();
  await received();
});

test("a backend that declines an upgrade is quoted", async () => {
  const backend = await startBackend("unwilling", (_, response) => response.writeHead(426).end("upgrade, please"));
  onTestFinished(() => backend.close());
  const rig = await proxyTo([backend.port]);
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write(ask);
  const text = await received();
  expect(text).toContain("HTTP/1.1 426 ");
  expect(text).toContain("upgrade, please");
  await until(() => rig.proxy.stats().targets.get("a/b:80")?.inFlight === 0);
});

test("an upgrade finds the endpoint that can be reached, and is told when there is none", async () => {
  const { port } = await webSocketServer();
  const closed = await aFreePort();
  const rig = await proxyTo([closed, port]);
  for (let i = 0; i < 6; i++) (await opened(`ws://127.0.0.1:${rig.where(80).port}/`)).socket.terminate();
  await rig.apply(service("b", [{ port: closed }]));
  await rig.remove([service("b", [{ port: closed }, { port }])[2]!]);
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write(ask);
  expect(await received()).toMatch(/^HTTP\/1\.1 503 [^]*headgate-reason: connect-failed/i);
});

test("an upgrade that no route takes is answered 404, and a bad one 400", async () => {
  const rig = await proxyTo([1]);
  await rig.remove([
    { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { name: "route", namespace: "a" } },
  ]);
  for (const [bytes, status] of [
    [ask, 404],
    [ask.replace("Host: a", "Host: a/b"), 400],
  ] as const) {
    const { socket, received } = await rawConnection(rig.where(80));
    socket.write(bytes);
    expect((await received()).slice(9, 12)).toBe(String(status));
  }
});

test("the offer to upgrade to h2c is declined by serving the request", async () => {
  const server = await scripted((socket) => socket.write(ok));
  const rig = await proxyTo([server.port]);
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write(
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
  );
  expect(await received()).toContain("HTTP/1.1 200 ");
  expect(server.requests[0]?.[0]?.toLowerCase()).not.toMatch(/upgrade|http2-settings/);
});
