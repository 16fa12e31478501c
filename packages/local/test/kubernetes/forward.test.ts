import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { type Listening, forward, serveDialer } from "../../src/kubernetes/forward.ts";

const host = "127.0.0.1";

async function target(onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, onConnection).listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function dialer(): Promise<{ readonly path: string; readonly inside: Listening }> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-dialer-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "dial.sock");
  const inside = await serveDialer(path);
  onTestFinished(() => inside.close());
  return { path, inside };
}

async function forwarded(path: string, port: number): Promise<Listening> {
  const outside = await forward(path, { host, port: 0 }, { host, port });
  onTestFinished(() => outside.close());
  return outside;
}

test("what is sent arrives, both ways, and each end is handed on by itself", async () => {
  const port = await target((socket) => {
    // Answers only when the caller has ended its side.
    void buffer(socket).then((said) => socket.end(said.toReversed()));
  });
  const { path } = await dialer();
  const socket = connect({ port: (await forwarded(path, port)).port, host, allowHalfOpen: true });
  const sent = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 251));
  socket.end(sent);
  expect(Buffer.compare(await buffer(socket), sent.toReversed())).toBe(0);
});

test("connections do not meet", async () => {
  const port = await target((socket) => {
    socket.pipe(socket);
  });
  const { path } = await dialer();
  const outside = await forwarded(path, port);
  const answers = Array.from({ length: 50 }, async (_, index) => {
    const socket = connect({ port: outside.port, host, allowHalfOpen: true });
    socket.end(`caller ${index}`);
    return text(socket);
  });
  expect(await Promise.all(answers)).toEqual(answers.map((_, index) => `caller ${index}`));
});

test("where nobody listens the connection ends, and so it does when the target breaks it", async () => {
  const breaking = await target((socket) => socket.resetAndDestroy());
  const unused = createServer().listen(0, host);
  await once(unused, "listening");
  const { port: free } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, "close");
  const { path } = await dialer();
  for (const port of [breaking, free]) {
    const socket = connect({ port: (await forwarded(path, port)).port, host });
    socket.on("error", () => undefined);
    await once(socket, "close");
  }
});

test("a target hears of a caller that leaves, however it does", async () => {
  for (const leave of ["end", "resetAndDestroy"] as const) {
    const heard = Promise.withResolvers<undefined>();
    const port = await target((socket) => {
      socket.on("error", () => undefined).resume();
      socket.once("end", () => {
        heard.resolve(undefined);
      });
      socket.write("hello");
    });
    const { path } = await dialer();
    const socket = connect({ port: (await forwarded(path, port)).port, host });
    await once(socket, "data");
    socket[leave]();
    await heard.promise;
  }
});

test.each(["nonsense\n", "127.0.0.1 99999\n", " \n", "x".repeat(400)])(
  "a caller that says %j is turned away",
  async (said) => {
    const { path } = await dialer();
    const socket = connect({ path });
    socket.on("error", () => undefined).resume();
    socket.write(said);
    await once(socket, "close");
  },
);

test("closing either side breaks off what is in progress", async () => {
  const port = await target((socket) => {
    socket.on("error", () => undefined).write("hello");
  });
  for (const side of ["inside", "outside"] as const) {
    const { path, inside } = await dialer();
    const outside = await forwarded(path, port);
    const socket = connect({ port: outside.port, host });
    socket.on("error", () => undefined);
    await once(socket, "data");
    const closed = once(socket, "close");
    await (side === "inside" ? inside : outside).close();
    await closed;
  }
});
