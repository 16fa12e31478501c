/** An entry of metadata.managedFields, as far as we read it. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly fieldsV1?: FieldSet;
}

/** FieldsV1: `f:` a field, `k:` the item of a list with these fields, `v:` the very item, `.` the parent itself; a leaf is empty. */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

/** Whether an item of a list is the one that `keys` tell apart. */
export type IsItem = (keys: unknown, item: unknown) => boolean;

/** Whether a value has every one of the fields. False where that can't be told. */
export function namesAll(value: unknown, fields: FieldSet, isItem: IsItem = hasKeys): boolean {
  return Object.entries(fields).every(([step, inner]) => {
    if (step === ".") return true;
    const found = at(value, step, isItem);
    return found !== undefined && namesAll(found, inner, isItem);
  });
}

/** Whether an item has all of the keys, with these values. */
export function hasKeys(keys: unknown, item: unknown): boolean {
  if (typeof keys !== "object" || keys === null || typeof item !== "object" || item === null) return false;
  return Object.entries(keys).every(([name, value]) => (item as Readonly<Record<string, unknown>>)[name] === value);
}

/** What a step of FieldsV1 leads to. */
function at(value: unknown, step: string, isItem: IsItem): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const [how, what] = [step.slice(0, 2), step.slice(2)];
  if (how === "f:") return (value as Readonly<Record<string, unknown>>)[what];
  if (!Array.isArray(value)) return undefined;
  const wanted = how === "k:" || how === "v:" ? (JSON.parse(what) as unknown) : undefined;
  return value.find((item: unknown) => (how === "k:" ? isItem(wanted, item) : item === wanted));
}
