import { request } from "node:http";
import { expect } from "vitest";
import { rawConnection, seenBy } from "./client.ts";
import { service } from "./objects.ts";
import { define, expectFrom, to } from "./suite.ts";

define({
  "bodies of any size arrive whole, both ways": async ({ rig, with: serve, get, backend }) => {
    const mirror = await backend("mirror", (incoming, response) => {
      incoming.pipe(response);
    });
    await rig.apply(service("mirror", [{ port: mirror.port }]));
    await serve([{ rules: [{ backendRefs: [to("mirror")] }] }], async () => {
      const body = Buffer.alloc(3_000_000, "0123456789abcdef");
      const reply = await get("/", { method: "POST", body });
      expect(reply.body.length).toBe(body.length);
      expect(reply.body === body.toString()).toBe(true);
      expect(
        (await get("/", { method: "POST", headers: { "transfer-encoding": "chunked" }, body: "chunked" })).body,
      ).toBe("chunked");
    });
  },

  "an answer streams: its beginning arrives before its end was written": async ({ rig, with: serve, backend }) => {
    let finish = (): void => undefined;
    const slow = await backend("slow", (_, response) => {
      response.write("beginning");
      finish = () => {
        response.end("end");
      };
    });
    await rig.apply(service("slow", [{ port: slow.port }]));
    await serve([{ rules: [{ backendRefs: [to("slow")] }] }], async () => {
      const { socket, received } = await rawConnection(rig.where(80));
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      await received((text) => text.includes("beginning"));
      finish();
      expect(await received()).toContain("end");
    });
  },

  "methods without a body, HEAD, 204 and 304 keep their framing": async ({ rig, with: serve, get, backend }) => {
    const terse = await backend("terse", (incoming, response) => {
      const status = Number(incoming.url?.slice(1) ?? 200);
      response.writeHead(status, incoming.method === "HEAD" ? { "content-length": 12 } : {}).end();
    });
    await rig.apply(service("terse", [{ port: terse.port }]));
    await serve([{ rules: [{ backendRefs: [to("terse")] }] }], async () => {
      expect(await get("/204")).toMatchObject({ status: 204, body: "" });
      expect(await get("/304")).toMatchObject({ status: 304, body: "" });
      const head = await get("/200", { method: "HEAD" });
      expect(head).toMatchObject({ status: 200, body: "" });
      expect(head.headers["content-length"]).toBe("12");
    });
  },

  "several cookies stay several": async ({ rig, with: serve, get, backend }) => {
    const baker = await backend("baker", (_, response) => response.setHeader("set-cookie", ["a=1", "b=2"]).end());
    await rig.apply(service("baker", [{ port: baker.port }]));
    await serve([{ rules: [{ backendRefs: [to("baker")] }] }], async () => {
      expect((await get("/")).headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    });
  },

  "trailers of an answer are passed on": async ({ rig, with: serve, get, backend }) => {
    const tail = await backend("tail", (_, response) => {
      response.setHeader("Trailer", "X-Sum");
      response.write("body");
      response.addTrailers({ "X-Sum": "42" });
      response.end();
    });
    await rig.apply(service("tail", [{ port: tail.port }]));
    await serve([{ rules: [{ backendRefs: [to("tail")] }] }], async () => {
      expect((await get("/")).trailers).toEqual({ "x-sum": "42" });
    });
  },

  "100-continue is the backend's to say": async ({ rig, with: serve }) => {
    await serve([{ rules: [{ backendRefs: [to("red")] }] }], async () => {
      const { socket, received } = await rawConnection(rig.where(80));
      socket.write(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
      );
      await received((text) => text.startsWith("HTTP/1.1 100 Continue\r\n\r\n"));
      socket.write("body");
      expect(await received()).toContain('"body":"body"');
    });
  },

  "hop-by-hop fields stay on their hop": async ({ with: serve, get }) => {
    await serve([{ rules: [{ backendRefs: [to("red")] }] }], async () => {
      const headers = {
        connection: "x-private, close",
        "x-private": "1",
        "keep-alive": "timeout=9",
        "proxy-connection": "x",
        te: "gzip",
        "x-public": "2",
      };
      const seen = seenBy(await get("/", { headers })).headers;
      expect(seen["x-public"]).toBe("2");
      for (const name of ["x-private", "keep-alive", "proxy-connection", "te"]) expect(seen[name]).toBeUndefined();
    });
  },

  "a client that leaves ends the request at the backend": async ({ rig, with: serve, backend }) => {
    const { promise: left, resolve: onLeft } = Promise.withResolvers<undefined>();
    const { promise: arrived, resolve: onArrived } = Promise.withResolvers<undefined>();
    const patient = await backend("patient", (incoming) => {
      onArrived(undefined);
      incoming.socket.once("close", () => {
        onLeft(undefined);
      });
    });
    await rig.apply(service("patient", [{ port: patient.port }]));
    await serve([{ rules: [{ backendRefs: [to("patient")] }] }], async () => {
      const out = request({ ...rig.where(80), agent: false });
      out.on("error", () => undefined);
      out.end();
      await arrived;
      out.destroy();
      await left;
    });
  },

  "a connection serves many requests, pipelined ones in order": async ({ rig, with: serve }) => {
    await serve([{ rules: [{ backendRefs: [to("red")] }] }], async () => {
      const { socket, received } = await rawConnection(rig.where(80));
      socket.write(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      );
      const urls = [...(await received()).matchAll(/"url":"([^"]*)"/g)].map(([, url]) => url);
      expect(urls).toEqual(["/1", "/2", "/3"]);
    });
  },

  "the address and the scheme of the client are told to the backend": async ({ rig, with: serve, get }) => {
    await serve([{ rules: [{ backendRefs: [to("red")] }] }], async () => {
      const { headers } = seenBy(await get("/"));
      expect(headers).toMatchObject({ "x-forwarded-for": rig.ownHost, "x-forwarded-proto": "http" });
    });
  },

  "what strangers claim of a request's origin is not believed": async ({ rig, with: serve, get }) => {
    await serve([{ rules: [{ backendRefs: [to("red")] }] }], async () => {
      const claims = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil",
        Forwarded: "for=6.6.6.6",
      };
      const reply = await get("/", { host: "shop.test", headers: claims });
      expectFrom(reply, "red");
      const { headers } = seenBy(reply);
      expect(headers).toMatchObject({
        "x-forwarded-for": rig.ownHost,
        "x-forwarded-proto": "http",
        "x-forwarded-host": "shop.test",
      });
      expect(headers["forwarded"]).toBeUndefined();
    });
  },
});
