import { fields, integer, list, text } from "../read/index.ts";
import type { Fields } from "../read/index.ts";
import type { HeaderEdits, NameValue, PathEdit, Redirect, Rewrite } from "./types.ts";

/** The filters of one rule, at most one of each type. */
export interface RuleFilters {
  readonly requestHeaders: HeaderEdits | undefined;
  readonly responseHeaders: HeaderEdits | undefined;
  readonly rewrite: Rewrite | undefined;
  readonly redirect: Redirect | undefined;
}

/** What filters ask for; each that can't be done adds a sentence to `unsupported`. */
export function parseFilters(entries: readonly unknown[], path: string, unsupported: string[]): RuleFilters {
  const byType = new Map<string, Fields>();
  for (const [i, entry] of entries.entries()) {
    const raw = fields(entry);
    const type = text(raw["type"]) ?? "";
    if (!(type in settingsOf))
      unsupported.push(`${path}[${i}].type is ${type}; supported are ${Object.keys(settingsOf).join(", ")}.`);
    else if (byType.has(type)) unsupported.push(`${path}[${i}] is a second ${type}; one of a type is allowed.`);
    else byType.set(type, fields(raw[settingsOf[type as keyof typeof settingsOf]]));
  }
  if (byType.has("URLRewrite") && byType.has("RequestRedirect"))
    unsupported.push(`${path} holds both URLRewrite and RequestRedirect; one excludes the other.`);
  const read = <T>(type: string, parse: (raw: Fields) => T): T | undefined => {
    const raw = byType.get(type);
    return raw === undefined ? undefined : parse(raw);
  };
  return {
    requestHeaders: read("RequestHeaderModifier", parseHeaderEdits),
    responseHeaders: read("ResponseHeaderModifier", parseHeaderEdits),
    rewrite: read("URLRewrite", (raw) => ({
      hostname: text(raw["hostname"]),
      path: parsePathEdit(fields(raw["path"]), path, unsupported),
    })),
    redirect: read("RequestRedirect", (raw) => parseRedirect(raw, path, unsupported)),
  };
}

const settingsOf = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  URLRewrite: "urlRewrite",
  RequestRedirect: "requestRedirect",
} as const;

function parseHeaderEdits(raw: Fields): HeaderEdits {
  return {
    set: parsePairs(raw["set"]),
    add: parsePairs(raw["add"]),
    remove: list(raw["remove"]).filter((name) => typeof name === "string"),
  };
}

function parsePairs(raw: unknown): readonly NameValue[] {
  return list(raw).map((entry) => {
    const pair = fields(entry);
    return { name: text(pair["name"]) ?? "", value: text(pair["value"]) ?? "" };
  });
}

function parsePathEdit(raw: Fields, path: string, unsupported: string[]): PathEdit | undefined {
  const type = text(raw["type"]);
  if (type === undefined) return undefined;
  if (type === "ReplaceFullPath") return { type: "full", value: text(raw["replaceFullPath"]) ?? "" };
  if (type === "ReplacePrefixMatch") return { type: "prefix", value: text(raw["replacePrefixMatch"]) ?? "" };
  unsupported.push(`${path} asks for the path change ${type}; supported are ReplaceFullPath and ReplacePrefixMatch.`);
  return undefined;
}

function parseRedirect(raw: Fields, path: string, unsupported: string[]): Redirect {
  const scheme = text(raw["scheme"]);
  if (scheme !== undefined && scheme !== "http" && scheme !== "https")
    unsupported.push(`${path} redirects to the scheme ${scheme}; supported are http and https.`);
  return {
    scheme: scheme === "http" || scheme === "https" ? scheme : undefined,
    hostname: text(raw["hostname"]),
    port: integer(raw["port"]),
    path: parsePathEdit(fields(raw["path"]), path, unsupported),
    status: integer(raw["statusCode"]) ?? 302,
  };
}
