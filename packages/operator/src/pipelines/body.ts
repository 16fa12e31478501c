import { controllerLabel, hash, managedByLabel, operatorLabel, pipelinesManager } from "@headgate/api";
import type { Json, KubeObject, ResourceType } from "@headgate/api";

/** An object as a pipeline makes it. */
export interface Row {
  readonly [field: string]: Json;
}

/** A kind that is written: its resource, and whether its status is written apart. */
export interface Target {
  readonly type: ResourceType;
  readonly statusApart: boolean;
}

/** Who writes, and how. */
export interface Writer {
  /** `operator/controller`, both short. */
  readonly place: string;
  readonly how: "Updater" | "Patcher";
}

/** What is applied for a row: the object, and its status where that is a request of its own. */
export interface Bodies {
  readonly main: KubeObject;
  readonly status: KubeObject | undefined;
}

/** On what an Updater made: a hash of what it wanted, which tells of a field that it no longer wants. */
export const appliedAnnotation = "headgate.io/applied";

/**
 * What is to be applied for a row, or why it cannot be.
 *
 * Of the metadata only labels and annotations are written, and nulls are left out: applying has no word for "without".
 */
export function bodiesOf(row: Row, { type, statusApart }: Target, writer: Writer): Bodies | string {
  const { metadata, status, ...others } = withoutNulls(row) as Row;
  const rest = Object.fromEntries(
    Object.entries(others).filter(([field]) => field !== "apiVersion" && field !== "kind"),
  );
  const meta = record(metadata);
  const { name, namespace } = meta as { name?: string; namespace?: string };
  if (name === undefined || name === "") return "metadata.name is missing";
  if (type.namespaced && (namespace === undefined || namespace === "")) {
    return `metadata.namespace is missing: a ${type.kind} lives in a namespace`;
  }
  const identity = { name, ...(type.namespaced ? { namespace } : {}) };
  const base = { apiVersion: type.apiVersion, kind: type.kind };
  const fields = { ...asServed(rest, type), ...(statusApart || status === undefined ? {} : { status }) };
  const wanted = { labels: meta["labels"], annotations: meta["annotations"] };
  const marked = writer.how === "Patcher" ? wanted : withMarks(wanted, fields, writer);
  const main = {
    ...base,
    metadata: { ...identity, ...withoutUndefined(marked) },
    ...fields,
  } as KubeObject;
  return { main, status: statusApart && status !== undefined ? { ...base, metadata: identity, status } : undefined };
}

interface Marked {
  readonly labels: Json | undefined;
  readonly annotations: Json | undefined;
}

function withMarks({ labels, annotations }: Marked, fields: Row, { place }: Writer): Marked {
  const [operator = "", controller = ""] = place.split("/");
  const marks = {
    [managedByLabel]: pipelinesManager,
    [operatorLabel]: operator,
    [controllerLabel]: controller,
  };
  const all = { ...record(labels), ...marks };
  const applied = hash(sorted({ labels: all, annotations: annotations ?? {}, ...fields }));
  return { labels: all, annotations: { ...record(annotations), [appliedAnnotation]: applied } };
}

/** As the API server gives it back: what only writes know is put where reads show it. */
function asServed(fields: Row, { apiVersion, kind }: ResourceType): Row {
  if (apiVersion !== "v1" || kind !== "Secret" || fields["stringData"] === undefined) return fields;
  const { stringData, data, ...rest } = fields;
  const encoded = Object.entries(record(stringData)).map(([name, value]) => [
    name,
    typeof value === "string" ? Buffer.from(value).toString("base64") : value,
  ]);
  return { ...rest, data: { ...record(data), ...(Object.fromEntries(encoded) as Row) } };
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutNulls(item));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]));
}

function withoutUndefined(fields: Marked): Row {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => sorted(item)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as Row).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, item]) => `${JSON.stringify(name)}:${sorted(item)}`).join(",")}}`;
}

function record(value: Json | undefined): Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : {};
}
