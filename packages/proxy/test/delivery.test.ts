import { expect, test } from "vitest";
import { call, rawConnection } from "../../../test/conformance/proxy/client.ts";
import { ok, proxyTo, scripted, until } from "./stage.ts";

test("requests in a row share one connection to the backend", async () => {
  const server = await scripted((socket) => socket.write(ok));
  const rig = await proxyTo([server.port]);
  for (let i = 0; i < 5; i++) expect((await call(rig.where(80))).body).toBe("ok");
  expect(server.requests.map((r) => r.length)).toEqual([5]);
});

test("a GET on a kept connection that turns out dead is sent again on a new one", async () => {
  const server = await scripted((socket, n) => (n === 1 ? socket.destroy() : socket.write(ok)));
  const rig = await proxyTo([server.port]);
  expect((await call(rig.where(80))).status).toBe(200);
  expect((await call(rig.where(80))).status).toBe(200);
  expect(server.requests.map((r) => r.length)).toEqual([2, 1]);
});

test.each(["with a body", "without a body"])(
  "a POST %s on a kept connection that turns out dead is delivered once and answered 502",
  async (which) => {
    const server = await scripted((socket, n) => (n === 1 ? socket.destroy() : socket.write(ok)));
    const rig = await proxyTo([server.port]);
    expect((await call(rig.where(80))).status).toBe(200);
    const reply = await call(rig.where(80), { method: "POST", ...(which === "with a body" ? { body: "once" } : {}) });
    expect(reply.status).toBe(502);
    expect(reply.headers["headgate-reason"]).toBe("connection-broken");
    expect(server.requests.flat().filter((head) => head.startsWith("POST"))).toHaveLength(1);
  },
);

test.each(["GET", "POST"])("a %s that a new connection breaks off after delivery is not sent again", async (method) => {
  const server = await scripted((socket) => socket.destroy());
  const rig = await proxyTo([server.port, server.port]);
  expect((await call(rig.where(80), { method, ...(method === "POST" ? { body: "x" } : {}) })).status).toBe(502);
  expect(server.requests.flat()).toHaveLength(1);
});

test("bytes that nobody asked for are never taken for the next answer", async () => {
  const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
  let sent = false;
  const server = await scripted((socket, n) => {
    socket.write(ok);
    if (n > 0) return;
    setTimeout(() => socket.write(poison, () => (sent = true)), 10);
  });
  const rig = await proxyTo([server.port]);
  expect((await call(rig.where(80))).body).toBe("ok");
  await until(() => sent);
  for (let i = 0; i < 3; i++) expect((await call(rig.where(80))).body).toBe("ok");
  expect(server.requests[0]).toHaveLength(1);
});

test("bytes after a complete answer end its connection, and are not passed on", async () => {
  const server = await scripted((socket) => socket.write(`${ok}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`));
  const rig = await proxyTo([server.port]);
  for (let i = 0; i < 3; i++) expect((await call(rig.where(80))).body).toBe("ok");
  expect(server.requests.map((r) => r.length)).toEqual([1, 1, 1]);
});

test.each([
  [
    "Content-Length and Transfer-Encoding",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["two Content-Lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"],
  ["a bad Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok"],
  ["obs-fold", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok"],
  ["no status line", "hello there\r\n\r\n"],
  ["a bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"],
  ["101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"],
])("an answer with %s is 502", async (_, bytes) => {
  const server = await scripted((socket) => socket.write(bytes));
  const rig = await proxyTo([server.port]);
  expect((await call(rig.where(80))).status).toBe(502);
});

test.each([
  ["Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"],
  ["chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"],
])("an answer of %s that breaks off is broken off for the client too", async (_, bytes) => {
  const server = await scripted((socket) => socket.end(bytes));
  const rig = await proxyTo([server.port]);
  await expect(call(rig.where(80))).rejects.toThrow(/aborted|hang up|ECONNRESET/);
});

test("an answer that ends with its connection is complete", async () => {
  const server = await scripted((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nuntil the end"));
  const rig = await proxyTo([server.port]);
  expect((await call(rig.where(80))).body).toBe("until the end");
});

test("an answer before the request has ended reaches the client, and neither connection is used again", async () => {
  const server = await scripted((socket) => socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"));
  const rig = await proxyTo([server.port]);
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbeginning");
  const text = await received();
  expect(text).toContain("HTTP/1.1 413 ");
  expect(text.endsWith("no")).toBe(true);
  const other = await call(rig.where(80));
  expect(other.status).toBe(413);
  expect(server.requests.map((r) => r.length)).toEqual([1, 1]);
});

test("early hints reach the client before the answer", async () => {
  const server = await scripted((socket) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${ok}`),
  );
  const rig = await proxyTo([server.port]);
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const text = await received();
  expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK/i);
});

test("a client that reads nothing makes the backend wait, and nothing piles up in between", async () => {
  const total = 256 * 2 ** 20;
  let written = 0;
  const server = await scripted((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
    const more = (): void => {
      while (written < total) {
        written += 2 ** 20;
        if (!socket.write(Buffer.alloc(2 ** 20))) {
          socket.once("drain", more);
          return;
        }
      }
    };
    more();
  });
  const rig = await proxyTo([server.port]);
  const { socket } = await rawConnection(rig.where(80));
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  let [last, still] = [-1, 0];
  await until(() => {
    still = written > 0 && written === last ? still + 1 : 0;
    last = written;
    return still > 50;
  });
  // What the kernel's socket buffers take is not ours to bound.
  expect(written).toBeLessThan(32 * 2 ** 20);
  socket.destroy();
});

test("a request is spread over attempts no more often than allowed, and its slots are all given back", async () => {
  const server = await scripted((socket, n) => (n % 2 === 1 ? socket.destroy() : socket.write(ok)));
  const rig = await proxyTo([server.port], { attempts: 1 });
  expect((await call(rig.where(80))).status).toBe(200);
  expect((await call(rig.where(80))).status).toBe(502);
  const { targets, endpoints, answers } = rig.proxy.stats();
  expect(targets.get("a/b:80")).toEqual({ inFlight: 0, total: 2, failed: 1 });
  expect([...endpoints.values()]).toEqual([0]);
  expect(answers.get("connection-broken")).toBe(1);
});
