import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { OpError, resourceTypes } from "@headgate/api";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../src/index.ts";

const pod = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart" };
const text = JSON.stringify({ ...pod, metadata: { name: "cart" }, items: [{ metadata: { name: "a" } }] });
const answers = [
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
  `HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}`,
  `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${text}`,
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
  "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 204 No Content\r\n\r\n",
];

/** How an answer is spoilt: a piece of it is replaced by other bytes, and the rest may be missing. */
const spoiling = fc.record({
  answer: fc.constantFrom(...answers),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(12),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc
      .constantFrom(
        "\r\n",
        "\n",
        ":",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: gzip\r\n",
        "0\r\n\r\n",
        "HTTP/9.9 ",
        "\0",
      )
      .map((s) => new TextEncoder().encode(s)),
  ),
  keep: fc.double({ min: 0, max: 1, noNaN: true }),
  abrupt: fc.boolean(),
});

test("whatever bytes come back, only catalogued failures come out", { timeout: 60_000 }, async () => {
  let next: { readonly bytes: Uint8Array; readonly abrupt: boolean } = { bytes: new Uint8Array(), abrupt: false };
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => {
      socket.write(next.bytes, () => {
        if (next.abrupt) socket.resetAndDestroy();
        else socket.end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  const client = connect(
    { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    { timeoutMs: 2_000 },
  );
  onTestFinished(() => client.close());
  const { signal } = new AbortController();
  const calls = [
    () => client.get(pod),
    () => client.list(resourceTypes.Pod),
    () => client.create({ ...pod, metadata: { namespace: "shop", name: "cart" } }),
    async () => {
      const body = await client.watch(resourceTypes.Pod, { resourceVersion: "1", timeoutSeconds: 1, signal });
      for await (const chunk of body) expect(chunk.length).toBeGreaterThan(0);
    },
  ];
  await fc.assert(
    fc.asyncProperty(spoiling, fc.nat(calls.length - 1), async ({ answer, at, drop, insert, keep, abrupt }, which) => {
      const whole = new TextEncoder().encode(answer);
      const start = Math.floor(at * whole.length);
      const spoilt = Buffer.concat([whole.subarray(0, start), insert, whole.subarray(start + drop)]);
      next = { bytes: keep > 0.5 ? spoilt : spoilt.subarray(0, Math.floor(keep * 2 * spoilt.length)), abrupt };
      await calls[which]?.().catch((error: unknown) => {
        if (!(error instanceof OpError)) throw error;
      });
    }),
    seeded(300),
  );
});
