import { childPath } from "./field-error.ts";
import { additionalOf, isList, isObject, propertyOf, setKey, type JsonSchema } from "./json-schema.ts";

/** Fields that every whole object has, whatever its schema says; the server's own code looks after them. */
const ofEveryObject: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

interface Pass {
  /** Paths of what was dropped. */
  readonly dropped: string[];
}

interface Place {
  readonly schema: JsonSchema | undefined;
  readonly path: string;
  /** Whether unknown fields stay, because the list that holds this item preserves them. */
  readonly keep: boolean;
}

function pruneList(pass: Pass, { schema, path, keep }: Place, value: readonly unknown[]): unknown {
  const items = value.map((item, i) => pruneValue(pass, { schema: schema?.items, path: `${path}[${i}]`, keep }, item));
  return items.some((item, i) => item !== value[i]) ? items : value;
}

function pruneValue(pass: Pass, place: Place, value: unknown): unknown {
  const { schema, path } = place;
  if (schema === undefined && place.keep) return value;
  const keep = place.keep || schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (isList(value)) return pruneList(pass, { schema, path, keep }, value);
  if (!isObject(value)) return value;
  const whole = schema?.["x-kubernetes-embedded-resource"] === true;
  const kept: Record<string, unknown> = {};
  let changed = false;
  for (const [key, item] of Object.entries(value)) {
    const here = childPath(path, key);
    const property = schema && propertyOf(schema, key);
    let next = item;
    if (whole && ofEveryObject.has(key)) next = item;
    else if (property !== undefined) next = pruneValue(pass, { schema: property, path: here, keep: false }, item);
    else if (schema?.additionalProperties !== undefined && schema.additionalProperties !== false) {
      next = pruneValue(pass, { schema: additionalOf(schema), path: here, keep: false }, item);
    } else if (!keep) {
      pass.dropped.push(here);
      changed = true;
      continue;
    }
    if (next !== item) changed = true;
    setKey(kept, key, next);
  }
  return changed ? kept : value;
}

/** The value without the fields that the schema does not name, and the paths of those, sorted. Shares what did not change. */
export function pruneFields(
  schema: JsonSchema,
  value: unknown,
): { readonly value: unknown; readonly dropped: string[] } {
  const pass: Pass = { dropped: [] };
  const kept = pruneValue(pass, { schema, path: "", keep: false }, value);
  return { value: kept, dropped: pass.dropped.sort() };
}
