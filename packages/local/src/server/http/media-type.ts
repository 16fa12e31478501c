import { parse as parseYaml } from "yaml";
import { ApiError, badRequest, unsupportedMediaType } from "./api-error.ts";
import type { Json } from "../json/json.ts";
import { parseProtobuf } from "./protobuf.ts";

export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export const parseMediaType = (text: string): MediaType => {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
  const pairs = parameters.map((parameter) => {
    const [name = "", value = ""] = parameter.split("=");
    return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, "")] as const;
  });
  return { type: type.toLowerCase(), parameters: new Map(pairs) };
};

/** What an answer is turned into: the object itself, or a table of it. */
export type Rendering = "object" | "table";

const json = new Set(["application/json", "*/*", "application/*"]);

/** The first of the accepted types that the server can give. */
export const renderingOf = (accept: string | undefined): Rendering => {
  if (accept === undefined || accept.trim() === "") return "object";
  for (const { type, parameters } of accept.split(",").map(parseMediaType)) {
    if (!json.has(type)) continue;
    const as = parameters.get("as");
    if (as === undefined) return "object";
    if (as === "Table" && parameters.get("g") === "meta.k8s.io" && parameters.get("v") === "v1") return "table";
  }
  throw new ApiError(
    406,
    "NotAcceptable",
    "this server answers in application/json, and in its form as=Table;v=v1;g=meta.k8s.io",
  );
};

/** The body of a create, update or delete: JSON, YAML, or the little protobuf that kubectl insists on. */
export const parseBody = (body: Buffer, contentType: string | undefined): Json => {
  const { type } = parseMediaType(contentType ?? "application/json");
  if (type === "application/vnd.kubernetes.protobuf") return parseProtobuf(body);
  if (type === "application/yaml") return parseText(body, yamlOrJson);
  if (type !== "application/json")
    throw unsupportedMediaType(`accepted media types include: application/json, application/yaml`);
  return parseText(body, (text) => JSON.parse(text) as Json);
};

/** YAML; most of it is JSON, which is read much faster as such. */
export const yamlOrJson = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return parseYaml(text) as Json;
  }
};

export const parseText = (body: Buffer, parse: (text: string) => Json): Json => {
  try {
    return parse(body.toString("utf8"));
  } catch (cause) {
    throw badRequest(`couldn't parse the body: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
};
