/** A client that decides nothing, parses nothing and knows its requests beforehand: as fast as this machine's API server goes. */
import { connect as http2Session, constants } from "node:http2";
import type { ClientHttp2Session } from "node:http2";

import type { KubeObject } from "@headgate/api";
import { fieldManager, podRoutesController, resourceTypes } from "@headgate/api";
import { Pool } from "undici";

import type { BareAccess } from "../cluster/api-server.ts";

/** How a leg of the bare client talks. */
export interface Way {
  readonly verb: "create" | "apply";
  readonly http: 1 | 2;
  readonly connections: number;
  /** Requests under way on each connection at once; of HTTP/1.1 always one. */
  readonly streams: number;
}

export function nameOf({ verb, http, connections, streams }: Way): string {
  return `${verb === "create" ? "POST" : "server-side apply"}, HTTP/${http === 1 ? "1.1" : "2"}, ${connections} × ${streams}`;
}

/** Everything that could be the fastest; which one is, is measured. */
export const ways: readonly Way[] = (["create", "apply"] as const).flatMap((verb) => [
  ...[4, 8, 16, 32].map((connections): Way => ({ verb, http: 1, connections, streams: 1 })),
  ...[8, 32].map((streams): Way => ({ verb, http: 2, connections: 1, streams })),
  { verb, http: 2, connections: 4, streams: 8 },
]);

interface Call {
  readonly method: "POST" | "PATCH";
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

type Send = (call: Call) => Promise<number>;

/** Sends the objects, each list after the one before, and returns how many milliseconds that took. Throws when one is refused. */
export async function send(access: BareAccess, objects: readonly (readonly KubeObject[])[], way: Way): Promise<number> {
  const lists = objects.map((list) => list.map((object) => call(object, way.verb)));
  const wire = way.http === 1 ? overHttp1(access, way) : await overHttp2(access, way);
  try {
    const startedAt = performance.now();
    for (const calls of lists) await inParallel(calls, way.connections * way.streams, wire.send);
    return performance.now() - startedAt;
  } finally {
    await wire.close();
  }
}

function call(object: KubeObject, verb: Way["verb"]): Call {
  const { apiVersion, kind, metadata } = object;
  const { plural } = resourceTypes[kind as keyof typeof resourceTypes];
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const collection = `${root}/namespaces/${metadata.namespace ?? ""}/${plural}`;
  const manager = `fieldManager=${encodeURIComponent(fieldManager(podRoutesController))}`;
  const body = Buffer.from(JSON.stringify(object));
  return verb === "create"
    ? { method: "POST", path: `${collection}?${manager}`, type: "application/json", body }
    : {
        method: "PATCH",
        path: `${collection}/${metadata.name}?${manager}&force=true`,
        type: "application/apply-patch+yaml",
        body,
      };
}

async function inParallel(calls: readonly Call[], count: number, sendOne: Send): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = calls[next++]; one !== undefined; one = calls[next++]) {
      const status = await sendOne(one);
      if (status !== 200 && status !== 201) throw new Error(`${one.method} ${one.path}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
}

interface Wire {
  readonly send: Send;
  close(): Promise<void>;
}

function overHttp1({ server, ca, token }: BareAccess, { connections }: Way): Wire {
  const pool = new Pool(server, { connections, pipelining: 1, allowH2: false, connect: { ca } });
  return {
    send: async ({ method, path, type, body }) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": type, "user-agent": "bare" };
      const answer = await pool.request({ method, path, headers, body });
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
      return answer.statusCode;
    },
    close: () => pool.close(),
  };
}

async function overHttp2({ server, ca, token }: BareAccess, { connections }: Way): Promise<Wire> {
  const sessions = await Promise.all(
    Array.from({ length: connections }, () => {
      return new Promise<ClientHttp2Session>((resolve, reject) => {
        const session = http2Session(server, { ca, settings: { initialWindowSize: 2 ** 20 } });
        session.once("connect", () => {
          session.setLocalWindowSize(2 ** 24);
          resolve(session);
        });
        session.once("error", reject);
      });
    }),
  );
  let turn = 0;
  return {
    send: ({ method, path, type, body }) =>
      new Promise((resolve, reject) => {
        const session = sessions[turn++ % sessions.length];
        if (session === undefined) throw new Error("no session");
        const stream = session.request({
          [constants.HTTP2_HEADER_METHOD]: method,
          [constants.HTTP2_HEADER_PATH]: path,
          authorization: `Bearer ${token}`,
          "content-type": type,
          "user-agent": "bare",
        });
        let status = 0;
        stream.on("response", (headers) => {
          status = headers[":status"] ?? 0;
        });
        stream.on("error", reject);
        stream.on("close", () => {
          resolve(status);
        });
        stream.resume();
        stream.end(body);
      }),
    close: async () => {
      await Promise.all(
        sessions.map(
          (session) =>
            new Promise<void>((resolve) => {
              session.close(resolve);
            }),
        ),
      );
    },
  };
}
