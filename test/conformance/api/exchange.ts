import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** Any JSON value; what a test sends may be wrong on purpose. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** One request. In path and body `NS` stands for the case's namespace, and `<uid 1>` or `<version 2>` for what answers told so far. */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: Json | undefined;
  /** Of the body; JSON unless said otherwise. */
  readonly type?: string | undefined;
  readonly accept?: string | undefined;
  /** Of the answer, only the status is told. */
  readonly quiet?: boolean;
  /** Asks again until the answer contains each of these texts. */
  readonly until?: readonly string[] | undefined;
}

export interface Answer {
  readonly status: number;
  /** Of `Warning` headers. */
  readonly warnings: readonly string[];
  readonly body: Json;
}

/** Where requests go, and with which headers. */
export interface Endpoint {
  readonly server: string;
  readonly ca?: string;
  readonly token?: string;
}

/** A watch that never ends is an error. */
const patienceMs = 60_000;

/** Sends a request and reads the answer whole: as JSON, as the lines of a watch, or as text. */
export function exchange({ server, ca, token }: Endpoint, step: Step): Promise<Answer> {
  const url = new URL(step.path, server);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const body = typeof step.body === "object" ? JSON.stringify(step.body) : step.body;
  const headers = {
    "User-Agent": "tester/1",
    Accept: step.accept ?? "application/json",
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(step.body !== undefined && {
      "Content-Type": step.type ?? "application/json",
      "Content-Length": Buffer.byteLength(String(body)),
    }),
  };
  return new Promise((resolve, reject) => {
    const request = send(url, { method: step.method, headers, ...(ca !== undefined && { ca }) }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const raw = incoming.headersDistinct["warning"] ?? [];
        resolve({
          status: incoming.statusCode ?? 0,
          warnings: raw.flatMap((text) => text.split(/, (?=299 )/)),
          body: parsed(Buffer.concat(chunks).toString("utf8")),
        });
      });
    });
    request.setTimeout(patienceMs, () => request.destroy(new Error(`no answer to ${step.method} ${step.path}`)));
    request.on("error", reject);
    request.end(body === undefined ? undefined : String(body));
  });
}

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    const lines = text.split("\n").filter((line) => line !== "");
    if (lines.length === 0 || !lines.every((line) => line.startsWith("{"))) return text;
    return lines.map((line) => JSON.parse(line) as Json);
  }
};
