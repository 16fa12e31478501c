import { createHash } from "node:crypto";

import type { Json, KubeObject } from "@headgate/api";
import type { Doc } from "@headgate/pipeline";

import type { ViewKind } from "./kinds.ts";

/** A row of a view as an object that has been stored: with an identity and a version, whatever the pipeline projected there. */
export function viewObject(row: Doc, { group, version, kind }: ViewKind, resourceVersion: string): KubeObject {
  const meta = without(row["metadata"], ["managedFields"]);
  const { name, namespace } = meta;
  const uid = uidOf([group, version, kind, text(namespace) ?? "", text(name) ?? ""]);
  const metadata = { ...meta, uid, resourceVersion };
  return { ...row, apiVersion: `${group}/${version}`, kind, metadata } as unknown as KubeObject;
}

/** The same for the same name in every process. */
function uidOf(parts: readonly string[]): string {
  const hex = createHash("sha256").update(parts.join("/")).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/** The metadata that clients decode strictly: nothing in it is of another type than they expect. */
export function plainMetadata({ metadata }: KubeObject): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const created = typeof creationTimestamp === "string" && timestamp.test(creationTimestamp);
  return {
    name,
    ...(typeof namespace === "string" ? { namespace } : {}),
    uid,
    resourceVersion,
    ...(created ? { creationTimestamp } : {}),
    ...texts("labels", metadata.labels),
    ...texts("annotations", metadata.annotations),
  };
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function texts(name: string, map: unknown): object {
  const found = textMap(map);
  return Object.keys(found).length === 0 ? {} : { [name]: found };
}

/** The entries of a map that are texts; of anything else none. */
export function textMap(map: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(record(map as Json | undefined));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

export function record(value: Json | undefined): Readonly<Record<string, Json>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, Json>) : {};
}

/** A map without some of its fields; anything else is an empty one. */
export function without(value: Json | undefined, fields: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(record(value)).filter(([name]) => !fields.includes(name)));
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
