import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";

import { guardConnect, guardFastify, guardFetch, guardHono, guardKoa, guardrailVariable } from "@headgate/guard";
import type { GuardOptions } from "@headgate/guard";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

interface Case {
  readonly name: string;
  readonly active: string | null;
  readonly failClosed?: boolean;
  readonly allow?: readonly string[];
  readonly path?: string;
  readonly served: boolean;
}

const table = JSON.parse(readFileSync(new URL("../../testdata/guard-cases.json", import.meta.url), "utf8")) as {
  readonly endpoint: string;
  readonly cases: readonly Case[];
  readonly refusal: {
    readonly status: number;
    readonly body: string;
    readonly retryAfter: string;
    readonly contentType: string;
  };
};

type Fetch = (request: Request) => Response | Promise<Response>;

/** How each framework serves every path behind the guard. */
const frameworks: Readonly<Record<string, (options: GuardOptions) => Promise<RequestListener | Fetch>>> = {
  "http, as Connect has it": (options) => {
    const guard = guardConnect(table.endpoint, options);
    return Promise.resolve((request, response) => {
      guard(request, response, () => response.end("served"));
    });
  },
  Express: (options) => {
    const app = express();
    app.use(guardConnect(table.endpoint, options), (_, response) => void response.send("served"));
    return Promise.resolve(app as unknown as RequestListener);
  },
  "Express, mounted": (options) => {
    const app = express();
    const router = express.Router();
    router.use(guardConnect(table.endpoint, options), (_, response) => void response.send("served"));
    app.use(["/compute", "/healthz", "/healthzz", "/HEALTHZ", "/health%7A", "/"], router);
    return Promise.resolve(app as unknown as RequestListener);
  },
  Fastify: async (options) => {
    const app = fastify();
    app.addHook("onRequest", guardFastify(table.endpoint, options));
    app.all("/*", () => "served");
    await app.ready();
    return (request, response) => {
      app.routing(request, response);
    };
  },
  Koa: (options) => {
    const app = new Koa();
    app.use(guardKoa(table.endpoint, options));
    app.use((context) => {
      context.body = "served";
    });
    const listener = app.callback();
    return Promise.resolve((request, response) => void listener(request, response));
  },
  Hono: (options) => {
    const app = new Hono();
    app.use(guardHono(table.endpoint, options));
    app.all("*", (context) => context.text("served"));
    return Promise.resolve((request: Request) => app.fetch(request));
  },
  fetch: (options) => {
    const handle = ({ method }: Request): Response => new Response(method === "HEAD" ? null : "served");
    return Promise.resolve(guardFetch(table.endpoint, handle, options));
  },
};

let was: string | undefined;
beforeEach(() => {
  was = process.env[guardrailVariable];
});
afterEach(() => {
  if (was === undefined) Reflect.deleteProperty(process.env, guardrailVariable);
  else process.env[guardrailVariable] = was;
});

function activate(active: string | null): void {
  if (active === null) Reflect.deleteProperty(process.env, guardrailVariable);
  else process.env[guardrailVariable] = active;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
  readonly contentType: string | null;
}

/** Over a real connection, with the path as it is written: `fetch` would tidy it. */
async function ask(listener: RequestListener, path: string, method: string): Promise<Answer> {
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      connect(port, "127.0.0.1")
        .setEncoding("utf8")
        .on("data", (part: string) => (received += part))
        .on("end", () => {
          resolve(received);
        })
        .on("error", reject)
        .end(`${method} ${path} HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    });
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const header = (name: string): string | null => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim() ?? null;
    const status = Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]);
    const chunked = header("transfer-encoding") === "chunked";
    return {
      status,
      body: chunked ? (body.split("\r\n")[1] ?? "") : body,
      retryAfter: header("retry-after"),
      contentType: header("content-type"),
    };
  } finally {
    server.close();
  }
}

async function askFetch(handler: Fetch, path: string, method: string): Promise<Answer> {
  const response = await handler(new Request(path.startsWith("http:") ? path : `http://test${path}`, { method }));
  const { headers } = response;
  return {
    status: response.status,
    body: await response.text(),
    retryAfter: headers.get("retry-after"),
    contentType: headers.get("content-type"),
  };
}

describe.each(Object.entries(frameworks))("%s", (name, serve) => {
  test.each(table.cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    activate(one.active);
    const handler = await serve({ failClosed: one.failClosed ?? false, allow: one.allow ?? [] });
    for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
      const path = one.path ?? "/compute";
      const isFetch = name === "fetch" || name === "Hono";
      const answer = isFetch
        ? await askFetch(handler as Fetch, path, method)
        : await ask(handler as RequestListener, path, method);
      const body = (text: string): string => (method === "HEAD" ? "" : text);
      if (one.served) expect(answer).toMatchObject({ status: 200, body: body("served") });
      else expect(answer).toEqual({ ...table.refusal, body: body(table.refusal.body) });
    }
  });
});

test("a refusal says how long to wait, in whole seconds", async () => {
  activate("search");
  const handler = guardFetch("compute", () => new Response("served"), { retryAfterSeconds: 1.5 });
  const answer = await Promise.resolve(handler(new Request("http://test/")));
  expect(answer.headers.get("retry-after")).toBe("2");
});
