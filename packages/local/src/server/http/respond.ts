import type { ServerResponse } from "node:http";
import type { JsonObject } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Resource } from "../kinds/resource.ts";
import { tableOf } from "../table/table.ts";
import type { Rendering } from "./media-type.ts";

const texts = new WeakMap<JsonObject, string>();

/** JSON of an object; kept for as long as the object is, because lists and watches send it again and again. */
export const textOf = (object: JsonObject): string => {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    texts.set(object, text);
  }
  return text;
};

export interface View {
  readonly resource: Resource;
  readonly rendering: Rendering;
  readonly query: URLSearchParams;
  readonly now: number;
}

/** One object as the client asked to see it. */
export const rendered = (object: KubeObject, view: View): JsonObject =>
  view.rendering === "table" ? tableOf([object], view) : object;

export const send = (outgoing: ServerResponse, code: number, text: string, warnings: readonly string[] = []): void => {
  if (warnings.length > 0) {
    outgoing.setHeader(
      "Warning",
      warnings.map((warning) => `299 - ${JSON.stringify(warning)}`),
    );
  }
  if (!outgoing.hasHeader("Content-Type")) outgoing.setHeader("Content-Type", "application/json");
  outgoing.writeHead(code, { "Content-Length": Buffer.byteLength(text), "Cache-Control": "no-cache, private" });
  outgoing.end(text);
};
