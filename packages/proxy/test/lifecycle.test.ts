import { Agent, get } from "node:http";
import { createServer } from "node:net";
import type { Binding } from "@headgate/views/route-table";
import { expect, onTestFinished, test } from "vitest";
import { startBackend } from "../../../test/conformance/proxy/backend.ts";
import { call, rawConnection } from "../../../test/conformance/proxy/client.ts";
import { openInProcess } from "../../../test/conformance/proxy/in-process-rig.ts";
import { gateway, gatewayClass, httpRoute, service } from "../../../test/conformance/proxy/objects.ts";
import { aFreePort } from "../../../test/e2e/free-port.ts";
import { ok, proxyTo, scripted, until } from "./stage.ts";

/** A backend that answers when it is told to. */
async function slowBackend(): Promise<{ port: number; arrived: () => number; answer: () => void }> {
  const waiting: (() => void)[] = [];
  let arrived = 0;
  const backend = await startBackend("slow", (_, response) => {
    arrived += 1;
    waiting.push(() => response.end("late"));
  });
  onTestFinished(() => backend.close());
  return {
    port: backend.port,
    arrived: () => arrived,
    answer: () => {
      for (const send of waiting.splice(0)) send();
    },
  };
}

test("an endpoint that is withdrawn ends what it has and gets nothing more", async () => {
  const slow = await slowBackend();
  const rig = await proxyTo([slow.port]);
  const first = call(rig.where(80));
  await until(() => slow.arrived() === 1);
  const [, slice] = service("b", [{ port: slow.port }]);
  await rig.remove([slice!]);
  expect((await call(rig.where(80))).headers["headgate-reason"]).toBe("no-endpoint");
  slow.answer();
  expect((await first).body).toBe("late");
  expect(slow.arrived()).toBe(1);
  expect(rig.proxy.stats().targets.get("a/b:80")).toMatchObject({ inFlight: 0 });
});

test.each(["while it is idle", "while it is busy"])(
  "connections to an endpoint that is withdrawn %s are closed when nothing is in progress on them",
  async (when) => {
    let [open, answer] = [0, (): void => undefined];
    const server = await scripted((socket) => {
      open += 1;
      socket.once("close", () => (open -= 1));
      answer = () => socket.write(ok);
    });
    const rig = await proxyTo([server.port]);
    const reply = call(rig.where(80));
    await until(() => open === 1);
    const withdraw = async (): Promise<void> => {
      await rig.remove([service("b", [{ port: server.port }])[1]!]);
    };
    if (when === "while it is busy") await withdraw();
    answer();
    expect((await reply).body).toBe("ok");
    if (when === "while it is idle") await withdraw();
    // Well before the idle timeout of four seconds, with time for a machine that is busy.
    const before = performance.now();
    await until(() => open === 0);
    expect(performance.now() - before).toBeLessThan(3_500);
  },
);

test("a listener that is removed takes no new connection and ends what it has; its neighbour notices nothing", async () => {
  const slow = await slowBackend();
  const rig = await proxyTo([slow.port], { drainTimeoutMs: 20_000 });
  const rules = [{ backendRefs: [{ name: "b", port: 80 }] }];
  await rig.apply([
    gateway([{ name: "http", port: 8080 }], "other"),
    httpRoute({ name: "other", parent: { name: "other" }, rules }),
  ]);
  const [at, neighbour] = [rig.where(80), rig.where(8080)];
  const [leaving, staying] = [call(at), call(neighbour)];
  await until(() => slow.arrived() === 2);
  await rig.remove([gateway()]);
  await expect(call(at)).rejects.toThrow(/ECONNREFUSED/);
  const more = call(neighbour);
  await until(() => slow.arrived() === 3);
  slow.answer();
  for (const reply of await Promise.all([leaving, staying, more])) expect(reply.body).toBe("late");
});

test("a route that changes is served anew on a connection that stays open", async () => {
  const [red, green] = [await startBackend("red"), await startBackend("green")];
  onTestFinished(async () => {
    await Promise.all([red.close(), green.close()]);
  });
  const rig = await openInProcess();
  onTestFinished(() => rig.close());
  const routeTo = (name: string) => httpRoute({ rules: [{ backendRefs: [{ name, port: 80 }] }] });
  const services = [red, green].flatMap((b) => service(b.name, [{ port: b.port }]));
  await rig.apply([gatewayClass, gateway(), ...services, routeTo("red")]);
  const { socket, received } = await rawConnection(rig.where(80));
  const backends = (text: string): string[] => [...text.matchAll(/"backend":"(\w+)"/g)].map(([, name]) => name!);
  for (const [i, name] of ["red", "green", "red"].entries()) {
    await rig.apply([routeTo(name)]);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await received((text) => backends(text).length === i + 1);
  }
  expect(backends(await received(() => true))).toEqual(["red", "green", "red"]);
  socket.destroy();
});

test("closing lets requests in progress end, says so to their clients, and drops idle connections", async () => {
  const slow = await slowBackend();
  const rig = await proxyTo([slow.port], { drainTimeoutMs: 20_000 });
  const agent = new Agent({ keepAlive: true });
  const idle = await rawConnection(rig.where(80));
  idle.socket.write("GET /none HTTP/1.1\r\nHost: \r\n\r\n");
  const busy = new Promise<[string | undefined, string]>((resolve, reject) => {
    get({ ...rig.where(80), agent }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => {
        resolve([response.headers.connection, body]);
      });
    }).on("error", reject);
  });
  await until(() => slow.arrived() === 1);
  const closed = rig.close();
  await idle.received();
  slow.answer();
  expect(await busy).toEqual(["close", "late"]);
  await closed;
});

test("what has not ended within the drain timeout is broken off", async () => {
  const slow = await slowBackend();
  const rig = await proxyTo([slow.port], { drainTimeoutMs: 30 });
  const stuck = call(rig.where(80));
  const outcome = expect(stuck).rejects.toThrow(/hang up|ECONNRESET/);
  await until(() => slow.arrived() === 1);
  await rig.close();
  await outcome;
});

test("a port that is taken is said to be, and is bound once it is free", async () => {
  const holder = createServer();
  const port = await aFreePort();
  await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
  const bindings: [string, Binding | undefined][] = [];
  const rig = await openInProcess({
    portOf: () => port,
    rebindMs: 5,
    onBinding: (...args) => {
      bindings.push(args);
    },
  });
  onTestFinished(() => rig.close());
  await rig.apply([gatewayClass, gateway()]);
  expect(bindings[0]).toEqual(["*:80", { bound: false, message: expect.stringContaining("EADDRINUSE") as string }]);
  await new Promise((resolve) => holder.close(resolve));
  await until(() => bindings.at(-1)?.[1]?.bound === true);
  expect((await call(rig.where(80))).status).toBe(404);
  await rig.remove([gateway()]);
  expect(bindings.at(-1)).toEqual(["*:80", undefined]);
});

test("ports below 1024 are moved by the offset, others stay", async () => {
  const bindings: string[] = [];
  const port = await aFreePort();
  const { graph, mount } = await import("@headgate/delta");
  const { startProxy } = await import("@headgate/proxy");
  const { routeTable } = await import("@headgate/views/route-table");
  const engine = graph();
  const { outputs } = mount(engine, routeTable({ controllerName: "x/y", addresses: [] }));
  const listeners = engine.input<{
    gateway: string;
    name: string;
    address: string | undefined;
    port: number;
    hostname: undefined;
  }>({ name: "rows" });
  const proxy = startProxy(
    { ...outputs, listeners },
    {
      bindAddress: "127.0.0.1",
      portOffset: port - 80,
      onBinding: (_, binding) => bindings.push(binding?.message ?? "gone"),
    },
  );
  onTestFinished(() => proxy.close());
  engine.turn((turn) => {
    turn.set(listeners, "l", { gateway: "a/g", name: "l", address: undefined, port: 80, hostname: undefined });
  });
  await proxy.settled();
  expect(bindings).toEqual([`Listening on 127.0.0.1:${port}.`]);
});

test("more connections than allowed are closed at once", async () => {
  const rig = await proxyTo([1], { limits: { connections: 2 } });
  const first = await Promise.all([rawConnection(rig.where(80)), rawConnection(rig.where(80))]);
  const third = await rawConnection(rig.where(80));
  expect(await third.received()).toBe("");
  for (const { socket } of first) socket.destroy();
});

test("a connection that is idle for too long is closed", async () => {
  const rig = await proxyTo([1], { limits: { idleTimeoutMs: 500 } });
  const { socket, received } = await rawConnection(rig.where(80));
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await received()).toContain("503");
});
