import type { IncomingMessage } from "node:http";
import { ApiError } from "./api-error.ts";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * The server asks nobody who they are, so it answers only programs on this machine. A page in a browser is one of
 * those too: it is told by its Origin header, or by the name in Host when its author points a name at 127.0.0.1.
 */
export const refuseStrangers = ({ headers }: IncomingMessage): void => {
  const refuse = (why: string): ApiError => new ApiError(403, "Forbidden", why);
  if (!loopback.test(headers.host ?? "")) throw refuse("this server answers only to loopback names in the Host header");
  if (headers.origin !== undefined)
    throw refuse("this server doesn't answer browsers: the request has an Origin header");
};

/** Reads a body whole. Throws a 413 as soon as it is longer than the limit. */
export const readBody = async (incoming: IncomingMessage, limit: number): Promise<Buffer> => {
  const tooLarge = (): ApiError =>
    new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);
  if (Number(incoming.headers["content-length"] ?? 0) > limit) throw tooLarge();
  if ((incoming.headers["content-encoding"] ?? "identity") !== "identity")
    throw new ApiError(415, "UnsupportedMediaType", "compressed bodies are not supported");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
