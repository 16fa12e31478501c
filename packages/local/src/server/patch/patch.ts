import { applyPatch, type Operation } from "rfc6902";
import { ApiError, badRequest, notImplemented, unprocessable, unsupportedMediaType } from "../http/api-error.ts";
import { parseMediaType, parseText, yamlOrJson } from "../http/media-type.ts";
import { clone, isObject, type Json, type JsonObject } from "../json/json.ts";
import type { Resource } from "../kinds/resource.ts";
import { strategicMerge } from "./strategic.ts";

export type PatchKind = "json" | "merge" | "strategic" | "apply";

const kinds: ReadonlyMap<string, PatchKind> = new Map([
  ["application/json-patch+json", "json"],
  ["application/merge-patch+json", "merge"],
  ["application/strategic-merge-patch+json", "strategic"],
  ["application/apply-patch+yaml", "apply"],
]);

export const patchKind = (contentType: string | undefined): PatchKind => {
  const { type } = parseMediaType(contentType ?? "");
  const kind = kinds.get(type);
  if (kind) return kind;
  if (type === "application/apply-patch+cbor") throw notImplemented("this server doesn't read CBOR");
  throw unsupportedMediaType(`accepted media types include: ${[...kinds.keys()].join(", ")}`);
};

export const parsePatch = (kind: PatchKind, body: Buffer): Json =>
  parseText(body, kind === "apply" ? yamlOrJson : (text) => JSON.parse(text) as Json);

/** RFC 7386. */
export const mergePatch = (current: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(current) ? { ...current } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else if (value !== undefined) result[name] = mergePatch(result[name], value);
  }
  return result;
};

const jsonPatch = (current: JsonObject, patch: Json): JsonObject => {
  if (!Array.isArray(patch)) throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  if (patch.length > 10_000)
    throw new ApiError(413, "RequestEntityTooLarge", "The allowed maximum operations in a JSON patch is 10000");
  const target = clone(current);
  const failed = applyPatch(target, patch as unknown as Operation[]).find((result) => result !== null);
  if (failed)
    throw unprocessable(
      `the server rejected our request due to an error in our request: ${failed.name}: ${failed.message}`,
    );
  return target;
};

/** The object after a patch that isn't an apply. */
export const patched = (current: JsonObject, patch: Json, kind: PatchKind, resource: Resource): JsonObject => {
  if (kind === "json") return jsonPatch(current, patch);
  if (!isObject(patch)) throw badRequest("a merge patch must be an object");
  if (kind === "merge") return clone(mergePatch(current, patch)) as JsonObject;
  if (!resource.builtIn)
    throw unsupportedMediaType(
      "accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    );
  return clone(strategicMerge(current, patch, resource.schema.root) ?? {}) as JsonObject;
};
