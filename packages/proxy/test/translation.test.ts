import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { startBackend } from "../../../test/conformance/proxy/backend.ts";
import { call, rawConnection } from "../../../test/conformance/proxy/client.ts";
import { ok, proxyTo, scripted, until } from "./stage.ts";

const bytes = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 12,
});
const name = fc.oneof(
  fc.constantFrom(
    "http2-settings",
    "te",
    "keep-alive",
    "content-length",
    "transfer-encoding",
    "expect",
    "trailer",
    "upgrade",
    "cookie",
    "host",
    "date",
    "age",
    "etag",
    "link",
    "constructor",
    "__proto__",
  ),
  fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,8}$/),
);

test("whatever fields an HTTP/1.1 client sends to an h2c backend, the proxy answers or breaks off, and goes on", async () => {
  const server = createServer((_, response) => response.end("fine"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const rig = await proxyTo([(server.address() as AddressInfo).port], {}, "kubernetes.io/h2c");
  onTestFinished(() => {
    server.close();
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, bytes), { maxLength: 4 }), async (fields) => {
      const { socket, received } = await rawConnection(rig.where(80));
      const head = fields.map(([n, v]) => `${n}: ${v}\r\n`).join("");
      socket.end(Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${head}\r\n`, "latin1"));
      expect(await received()).toMatch(/^(?:HTTP\/1\.1 (?:200|400|417|431|505) |$)/);
    }),
    seeded(150),
  );
  expect((await call(rig.where(80))).body).toBe("fine");
});

test("whatever fields an HTTP/2 client sends to an HTTP/1.1 backend, the proxy answers or resets, and goes on", async () => {
  const backend = await startBackend("h1");
  onTestFinished(() => backend.close());
  const rig = await proxyTo([backend.port]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.oneof(bytes, fc.string({ unit: "grapheme", maxLength: 6 }))), { maxLength: 4 }),
      async (fields) => {
        const session = connect(`http://127.0.0.1:${rig.where(80).port}`);
        session.on("error", () => undefined);
        let done = false;
        try {
          const stream = session.request({ ...Object.fromEntries(fields), ":path": "/", ":authority": "a" });
          stream.on("error", () => undefined);
          stream.on("close", () => (done = true));
          stream.resume();
        } catch {
          // This client refuses some fields itself.
          done = true;
        }
        await until(() => done);
        session.destroy();
      },
    ),
    seeded(150),
  );
  expect((await call(rig.where(80))).status).toBe(200);
});

test("whatever a backend answers, the proxy passes it on or says 502, and goes on, for clients of both versions", async () => {
  let next = ok;
  const server = await scripted((socket) => socket.end(Buffer.from(next, "latin1")));
  const rig = await proxyTo([server.port]);
  const session = connect(`http://127.0.0.1:${rig.where(80).port}`);
  session.on("error", () => undefined);
  onTestFinished(() => {
    session.destroy();
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.integer({ min: 100, max: 999 }), fc.constantFrom(100, 101, 102, 103, 200, 204, 304)),
      fc.array(fc.tuple(name, bytes), { maxLength: 4 }),
      async (status, fields) => {
        next = `HTTP/1.1 ${status} X\r\n${fields.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\nbody`;
        await call(rig.where(80)).catch(() => undefined);
        let done = false;
        const stream = session.request({ ":path": "/", ":authority": "a" });
        stream.on("error", () => undefined);
        stream.on("close", () => (done = true));
        stream.resume();
        await until(() => done);
      },
    ),
    seeded(150),
  );
  next = ok;
  expect((await call(rig.where(80))).body).toBe("ok");
  expect(rig.proxy.stats().targets.get("a/b:80")?.inFlight).toBe(0);
});
