import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBackend } from "../../../test/conformance/proxy/backend.ts";
import type { Backend } from "../../../test/conformance/proxy/backend.ts";
import { rawConnection } from "../../../test/conformance/proxy/client.ts";
import { openInProcess } from "../../../test/conformance/proxy/in-process-rig.ts";
import type { InProcessRig } from "../../../test/conformance/proxy/in-process-rig.ts";
import { gateway, gatewayClass, httpRoute, service } from "../../../test/conformance/proxy/objects.ts";

let backend: Backend;
let rig: InProcessRig;

beforeAll(async () => {
  backend = await startBackend("b");
  rig = await openInProcess({ limits: { headerBytes: 8_192, headerCount: 50, headersTimeoutMs: 1_500 } });
  const rules = [{ backendRefs: [{ name: "b", port: 80 }] }];
  await rig.apply([gatewayClass, gateway(), httpRoute({ rules }), ...service("b", [{ port: backend.port }])]);
});
afterAll(async () => {
  await rig.close();
  await backend.close();
});

const host = "Host: a.test\r\n";
const head = (line: string, fields = host): string => `${line}\r\n${fields}\r\n`;
const post = (fields: string, body = ""): string => `POST / HTTP/1.1\r\n${host}${fields}\r\n${body}`;

const refused: Readonly<Record<string, readonly [status: number, bytes: string]>> = {
  "an unknown method": [400, head("HACK / HTTP/1.1")],
  "an illegal method": [400, head("G(T / HTTP/1.1")],
  "an empty method": [400, head(" / HTTP/1.1")],
  "a method over 32 bytes": [400, head(`${"G".repeat(33)} / HTTP/1.1`)],
  "a target with a space": [400, head("GET /a b HTTP/1.1")],
  "a target with a control": [400, head("GET /a\u0001b HTTP/1.1")],
  "a target with a byte over 0x7E": [400, head("GET /\u00e9 HTTP/1.1")],
  "a target with a fragment": [400, head("GET /a#b HTTP/1.1")],
  "a target with a backslash": [400, head("GET /a\\..\\b HTTP/1.1")],
  "a target that is no path": [400, head("GET a HTTP/1.1")],
  "dot segments": [400, head("GET /a/../b HTTP/1.1")],
  "encoded dot segments": [400, head("GET /a/%2e%2E/b HTTP/1.1")],
  "dot segments after an encoded slash": [400, head("GET /a%2f..%2fb HTTP/1.1")],
  "another protocol": [400, head("GET / HTPP/1.1")],
  "another major version": [505, head("GET / HTTP/3.0")],
  "a bare LF after the request line": [505, `GET / HTTP/1.1\n${host}\r\n`],
  "a bare LF after a field": [400, "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"],
  "a bare CR in a value": [400, head("GET / HTTP/1.1", `${host}X: a\rb\r\n`)],
  "NUL in a value": [400, head("GET / HTTP/1.1", `${host}X: a\0b\r\n`)],
  "a control in a value": [400, head("GET / HTTP/1.1", `${host}X: a\u0001b\r\n`)],
  "whitespace before the colon": [400, head("GET / HTTP/1.1", `${host}X : y\r\n`)],
  "an empty field name": [400, head("GET / HTTP/1.1", `${host}: y\r\n`)],
  "obs-fold": [400, head("GET / HTTP/1.1", `${host}X: a\r\n b\r\n`)],
  "a missing Host": [400, head("GET / HTTP/1.1", "")],
  "two Hosts": [400, head("GET / HTTP/1.1", `${host}${host}`)],
  "an empty Host": [400, head("GET / HTTP/1.1", "Host: \r\n")],
  "an illegal Host": [400, head("GET / HTTP/1.1", "Host: a/b\r\n")],
  "a Host with user information": [400, head("GET / HTTP/1.1", "Host: user@a.test\r\n")],
  "a Host with a malformed IPv6 address": [400, head("GET / HTTP/1.1", "Host: [1:2]\r\n")],
  "an absolute form that disagrees with Host": [400, head("GET http://b.test/ HTTP/1.1")],
  CONNECT: [400, head("CONNECT a.test:443 HTTP/1.1")],
  "an empty Content-Length": [400, post("Content-Length: \r\n")],
  "a signed Content-Length": [400, post("Content-Length: +1\r\n", "x")],
  "a negative Content-Length": [400, post("Content-Length: -1\r\n")],
  "a Content-Length with a space": [400, post("Content-Length: 1 1\r\n", "x".repeat(11))],
  "a Content-Length with a comma": [400, post("Content-Length: 1,1\r\n", "x")],
  "a Content-Length over 2^53": [400, post("Content-Length: 9007199254740993\r\n")],
  "a hexadecimal Content-Length": [400, post("Content-Length: 0x1\r\n", "x")],
  "two Content-Lengths that differ": [400, post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx")],
  "two equal Content-Lengths": [400, post("Content-Length: 1\r\nContent-Length: 1\r\n", "x")],
  "Content-Length with Transfer-Encoding": [
    400,
    post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  ],
  "Transfer-Encoding with Content-Length": [
    400,
    post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
  ],
  "another Transfer-Encoding": [400, post("Transfer-Encoding: gzip\r\n")],
  "another Transfer-Encoding before chunked": [400, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
  "identity before chunked": [400, post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n")],
  "chunked that is not last": [400, post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")],
  "two Transfer-Encodings": [400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
  "a misspelt Transfer-Encoding": [400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
  "a Transfer-Encoding in HTTP/1.0": [400, `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  "a Connection that nominates Content-Length": [400, post("Connection: content-length\r\nContent-Length: 1\r\n", "x")],
  "a Connection that nominates Host": [400, head("GET / HTTP/1.1", `${host}Connection: close, Host\r\n`)],
  "a Connection that nominates X-Forwarded-For": [
    400,
    head("GET / HTTP/1.1", `${host}Connection: X-Forwarded-For\r\n`),
  ],
  "an expectation other than 100-continue": [417, post("Expect: 200-ok\r\nContent-Length: 0\r\n")],
  "header fields that are too large": [431, head("GET / HTTP/1.1", `${host}X: ${"y".repeat(9_000)}\r\n`)],
  "too many header fields": [431, head("GET / HTTP/1.1", host + "X: y\r\n".repeat(60))],
};

describe("a request that could be read in two ways never reaches a backend", () => {
  test.each(Object.entries(refused))("%s", async (_, [status, bytes]) => {
    const before = backend.seen.length;
    const { socket, received } = await rawConnection(rig.where(80));
    socket.write(Buffer.from(bytes, "latin1"));
    socket.end();
    const answer = await received((text) => text.includes("\r\n\r\n"));
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer.toLowerCase()).toContain("headgate-reason: ");
    expect(backend.seen.length).toBe(before);
    socket.destroy();
  });
});

const badChunks: Readonly<Record<string, string>> = {
  "a signed size": "+1\r\nx\r\n0\r\n\r\n",
  "a size with 0x": "0x1\r\nx\r\n0\r\n\r\n",
  "a size with a space": " 1\r\nx\r\n0\r\n\r\n",
  "an empty size": "\r\nx\r\n0\r\n\r\n",
  "a size that overflows": "ffffffffffffffff1\r\nx\r\n0\r\n\r\n",
  "a bare LF after the size": "1\nx\r\n0\r\n\r\n",
  "no CRLF after the data": "1\r\nxy\r\n0\r\n\r\n",
  "a bare LF after the data": "1\r\nx\n0\r\n\r\n",
};

describe("a request whose chunks are malformed is broken off, and never complete at the backend", () => {
  test.each(Object.entries(badChunks))("%s", async (_, chunks) => {
    const before = backend.seen.length;
    const { socket, received } = await rawConnection(rig.where(80));
    socket.write(post("Transfer-Encoding: chunked\r\n", chunks));
    const answer = await received();
    expect(answer).not.toContain("HTTP/1.1 200");
    expect(backend.seen.length).toBe(before);
  });
});

describe("what is in order is served", () => {
  const served: Readonly<Record<string, string>> = {
    "an absolute form that agrees with Host": head("GET http://a.test/x HTTP/1.1", `${host}Connection: close\r\n`),
    "HTTP/1.0 without Host": "GET /x HTTP/1.0\r\n\r\n",
    "dots that are no segments": head("GET /..x/.../x. HTTP/1.1", `${host}Connection: close\r\n`),
    "an IPv6 Host": head("GET / HTTP/1.1", "Host: [::1]:80\r\nConnection: close\r\n"),
    "Transfer-Encoding in capitals": post(
      "Transfer-Encoding: CHUNKED\r\nConnection: close\r\n",
      "1;ext=1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n",
    ),
  };
  test.each(Object.entries(served))("%s", async (_, bytes) => {
    const { socket, received } = await rawConnection(rig.where(80));
    socket.write(bytes);
    expect((await received()).slice(9, 12)).toBe("200");
  });
});

test("bytes after a request are the next request, and only that", async () => {
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write(
    post("Content-Length: 4\r\n", "bodyGET /smuggled HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"),
  );
  const text = await received();
  expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  expect(
    [...text.matchAll(/"url":"([^"]*)","headers".*?"body":"([^"]*)"/g)].map(([, url, body]) => [url, body]),
  ).toEqual([
    ["/", "body"],
    ["/smuggled", ""],
  ]);
});

test.each(["", "GE", "GET / HTTP/1.1\r\nHost: a.test\r\n", "PRI * HT"])(
  "a head that never ends (%j) is not waited for",
  async (beginning) => {
    const { socket, received } = await rawConnection(rig.where(80));
    socket.write(beginning);
    expect(await received()).not.toContain(" 200 ");
  },
);
