import { createServer, request } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { httpRoute } from "../../../test/conformance/proxy/objects.ts";
import type { InProcessRig } from "../../../test/conformance/proxy/in-process-rig.ts";
import { proxyTo, until } from "./stage.ts";

// Many clients, big bodies, and clients and backends that behave badly: everybody else is served, and nothing is left over.

const size = 10 << 20;

async function backend(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  server.on("clientError", (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const counted: RequestListener = (asked, answer) => {
  let bytes = 0;
  asked.on("data", (part: Buffer) => {
    bytes += part.length;
  });
  asked.on("end", () => answer.end(String(bytes)));
};

async function text(response: IncomingMessage): Promise<string> {
  let all = "";
  for await (const part of response.setEncoding("utf8")) all += String(part);
  return all;
}

function ask(rig: InProcessRig, path: string, body?: Buffer): Promise<IncomingMessage> {
  const { host, port } = rig.where(80);
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method: body === undefined ? "GET" : "POST", agent: false }, resolve);
    asked.on("error", reject);
    asked.end(body);
  });
}

function raw(rig: InProcessRig): Socket {
  const { host, port } = rig.where(80);
  const socket = connect(port, host);
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** No request is in progress anywhere, as the proxy counts them. */
function idle({ proxy }: InProcessRig): boolean {
  return [...proxy.stats().endpoints.values()].every((count) => count === 0);
}

test("a thousand requests at once are all answered, and none is left in the counters", async () => {
  const rig = await proxyTo([await backend(counted), await backend(counted)]);
  const answers = await Promise.all(Array.from({ length: 1000 }, () => ask(rig, "/", Buffer.from("0123456789"))));
  const bodies = await Promise.all(answers.map(text));
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  expect(new Set(bodies)).toEqual(new Set(["10"]));
  await until(() => idle(rig));
  const [load] = rig.proxy.stats().targets.values();
  expect(load).toEqual({ inFlight: 0, total: 1000, failed: 0 });
}, 150_000);

test("big bodies pass both ways whole", async () => {
  const rig = await proxyTo([
    await backend((asked, answer) => {
      answer.setHeader("content-length", size);
      asked.pipe(answer);
    }),
  ]);
  const response = await ask(rig, "/", Buffer.alloc(size, "x"));
  let bytes = 0;
  for await (const part of response) bytes += (part as Buffer).length;
  expect(bytes).toBe(size);
});

test("a backend that reads nothing makes the client wait, and little piles up in between", async () => {
  const release = Promise.withResolvers<undefined>();
  const rig = await proxyTo([
    await backend((asked, answer) => {
      void release.promise.then(() => {
        counted(asked, answer);
      });
    }),
  ]);
  const { host, port } = rig.where(80);
  let sent = 0;
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ host, port, method: "POST", agent: false }, resolve);
    asked.on("error", reject);
    const part = Buffer.alloc(1 << 16);
    const more = (): void => {
      if (sent >= 4 * size) {
        asked.end();
        return;
      }
      asked.write(part, () => {
        sent += part.length;
        more();
      });
    };
    more();
  });
  // What the kernel's buffers of both connections and the proxy hold, and no more, while nobody reads.
  let [before, looks] = [-1, 0];
  await until(() => {
    looks = sent === before && sent > 0 ? looks + 1 : 0;
    before = sent;
    return looks === 100 || sent >= 4 * size;
  });
  expect(sent).toBeLessThan(4 * size);
  release.resolve(undefined);
  expect(await text(await answer)).toBe(String(4 * size));
});

test("a head and a body that come drop by drop are served, while others are", async () => {
  const rig = await proxyTo([await backend(counted)]);
  const socket = raw(rig);
  let said = "";
  socket.on("data", (part) => {
    said += part.toString("latin1");
  });
  for (const drop of "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello") {
    await new Promise((resolve) => socket.write(drop, resolve));
    await new Promise(setImmediate);
  }
  expect((await ask(rig, "/")).statusCode).toBe(200);
  await until(() => said.endsWith("\r\n\r\n5") || said.includes("\r\n1\r\n5\r\n0\r\n\r\n"));
  expect(said).toMatch(/^HTTP\/1\.1 200 /);
});

test("clients that leave at any moment leave nothing behind", async () => {
  let open = 0;
  const rig = await proxyTo([
    await backend((asked, answer) => {
      open += 1;
      answer.on("close", () => {
        open -= 1;
      });
      asked.resume();
      if (asked.url === "/answering") answer.write("begun");
    }),
  ]);
  const heads = ["GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n", "GET /answering HTTP/1.1\r\nHost: a\r\n\r\n"];
  const sending = "POST /sending HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx";
  const sockets = Array.from({ length: 90 }, () => raw(rig));
  for (const [index, socket] of sockets.entries()) socket.write([...heads, sending][index % 3] ?? "");
  await until(() => open === 90);
  for (const [index, socket] of sockets.entries()) {
    if (index % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
  await until(() => open === 0 && idle(rig));
  expect(rig.proxy.stats().sockets.map(({ connections }) => connections)).toEqual([0]);
});

test("an answer that its backend breaks off is broken off for the client, however it was framed", async () => {
  const rig = await proxyTo([
    await backend((asked, answer) => {
      if (asked.url === "/length") answer.setHeader("content-length", 1000);
      answer.write("part", () => asked.socket.destroy());
    }),
  ]);
  for (const path of ["/length", "/chunks"]) {
    const response = await ask(rig, path);
    expect(response.statusCode).toBe(200);
    await expect(text(response)).rejects.toThrow("aborted");
  }
  await until(() => idle(rig));
});

test("a kept connection is served through many changes of its route", async () => {
  const rig = await proxyTo([await backend((asked, answer) => answer.end(String(asked.headers["x-version"])))]);
  const socket = raw(rig);
  let said = "";
  socket.on("data", (part) => {
    said += part.toString("latin1");
  });
  for (let version = 1; version <= 50; version += 1) {
    const set = [{ name: "x-version", value: String(version) }];
    const filters = [{ type: "RequestHeaderModifier", requestHeaderModifier: { set } }];
    await rig.apply([httpRoute({ rules: [{ filters, backendRefs: [{ name: "b", port: 80 }] }] })]);
    said = "";
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const end = new RegExp(`\\r\\n\\r\\n(?:[0-9]\\r\\n)?${String(version)}`);
    await until(() => end.test(said));
  }
  expect(rig.proxy.stats().sockets.map(({ connections }) => connections)).toEqual([1]);
});
