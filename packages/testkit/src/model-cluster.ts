import { fieldManager, identityKey, refOf } from "@headgate/api";
import type { Action, Json, KubeObject } from "@headgate/api";
import { withDefaults } from "./model-defaults.ts";
import { fieldsV1, merged, surrendered, unchanged, without } from "./model-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * What an API server makes of our writes, in memory and without any I/O: for properties about what controllers converge to.
 *
 * It knows creation, server-side apply, deletion with preconditions, defaulting, field ownership and owner-reference
 * garbage collection. A write that a real API server would refuse throws.
 */
export interface ModelCluster {
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** Successful writes of `act` since the beginning, by object. */
  readonly writes: ReadonlyMap<string, number>;
  /** Carries out an action as an actuator would. Gives false when a precondition failed, which changes nothing. */
  act(action: Action): boolean;
  /** Someone else writes an object as a whole: creates it, or changes the one that is there. */
  put(object: KubeObject): KubeObject;
  /** Someone else deletes an object; one with finalizers stays, marked, until they are taken off. */
  remove(key: string): void;
  /** Deletes everything whose owners are all gone. */
  collectGarbage(): void;
}

export function modelCluster(): ModelCluster {
  const objects = new Map<string, KubeObject>();
  const applied = new Map<string, { readonly manager: string; readonly fields: Fields }>();
  const writes = new Map<string, number>();
  let version = 0;

  const store = (key: string, object: KubeObject): KubeObject => {
    const before = objects.get(key);
    const mine = applied.get(key);
    const others = (object.metadata.managedFields ?? []).filter((entry) => !isApplied(entry));
    const managedFields =
      mine === undefined
        ? others
        : [...others, { manager: mine.manager, operation: "Apply", fieldsV1: fieldsV1(mine.fields) }];
    const uid = before?.metadata.uid ?? object.metadata.uid ?? `uid-${String(++version)}`;
    const metadata = {
      ...object.metadata,
      uid,
      resourceVersion: before?.metadata.resourceVersion ?? "0",
      managedFields,
    };
    const next = withDefaults({ ...object, metadata });
    if (before !== undefined && JSON.stringify(next) === JSON.stringify(before)) return before;
    const stored = { ...next, metadata: { ...next.metadata, resourceVersion: String(++version) } };
    refuseInvalid(stored, before);
    objects.set(key, stored);
    return stored;
  };

  const drop = (key: string): void => {
    const object = objects.get(key);
    if (object === undefined) return;
    if ((object.metadata.finalizers ?? []).length > 0) {
      store(key, { ...object, metadata: { ...object.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
    } else {
      objects.delete(key);
      applied.delete(key);
    }
  };

  return {
    objects,
    writes,
    act(action) {
      const count = (key: string): true => {
        writes.set(key, (writes.get(key) ?? 0) + 1);
        return true;
      };
      if (action.do === "delete") {
        const key = identityKey(action.target);
        if (objects.get(key)?.metadata.uid !== action.target.uid) return false;
        drop(key);
        return count(key);
      }
      if (action.do === "release") {
        const key = identityKey(action.target);
        const object = objects.get(key);
        if (object?.metadata.uid !== action.target.uid) return false;
        const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== action.finalizer);
        store(key, { ...object, metadata: { ...object.metadata, finalizers } });
        if (object.metadata.deletionTimestamp !== undefined) drop(key);
        return count(key);
      }
      if (action.do !== "apply") throw new Error("the model knows no status writes");
      const { object, controller } = action.desired;
      const key = identityKey(refOf(object));
      const before = objects.get(key);
      if (action.observed?.uid !== before?.metadata.uid) return false;
      const fields = ownable(object);
      const base = before === undefined ? object : without(yielding(before, fields), applied.get(key)?.fields ?? {});
      applied.set(key, { manager: fieldManager(controller), fields });
      store(key, merged(base, fields) as unknown as KubeObject);
      return count(key);
    },
    put(object) {
      const key = identityKey(refOf(object));
      const mine = applied.get(key);
      // Whoever writes a field with another value owns it from then on.
      if (mine !== undefined) {
        applied.set(key, { ...mine, fields: unchanged(mine.fields, objects.get(key), object) as Fields });
      }
      const leaving = (objects.get(key)?.metadata.finalizers ?? []).length > 0;
      const stored = store(key, object);
      const { deletionTimestamp, finalizers = [] } = stored.metadata;
      if (leaving && deletionTimestamp !== undefined && finalizers.length === 0) drop(key);
      return stored;
    },
    remove: drop,
    collectGarbage() {
      const uids = new Set([...objects.values()].map(({ metadata }) => metadata.uid));
      for (const [key, { metadata }] of [...objects]) {
        const owners = metadata.ownerReferences ?? [];
        if (owners.length > 0 && !owners.some(({ uid }) => uids.has(uid))) drop(key);
      }
    },
  };
}

/** Whether an entry of `managedFields` is one of those that this model writes. */
function isApplied(entry: unknown): boolean {
  return (entry as Fields)["operation"] === "Apply";
}

/** The object after everybody else has given up the fields that are applied with another value: our applies force. */
function yielding(object: KubeObject, fields: Fields): KubeObject {
  const managedFields = (object.metadata.managedFields ?? []).map((entry) => {
    const { fieldsV1: tree, ...rest } = entry as { readonly fieldsV1: Fields };
    return isApplied(entry) ? entry : { ...rest, fieldsV1: surrendered(tree, fields, object) };
  });
  return { ...object, metadata: { ...object.metadata, managedFields: managedFields as readonly Json[] } };
}

/** The fields of an applied object that can be owned. */
function ownable(object: KubeObject): Fields {
  const { labels, annotations, ownerReferences, finalizers } = object.metadata;
  const rest = Object.entries(object).filter(([name]) => !["apiVersion", "kind", "metadata"].includes(name));
  return { metadata: { labels, annotations, ownerReferences, finalizers }, ...Object.fromEntries(rest) };
}

function refuseInvalid(object: KubeObject, before: KubeObject | undefined): void {
  const { kind, metadata } = object;
  const limit = kind === "Service" ? /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/ : /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
  if (!limit.test(metadata.name)) throw new Error(`${kind} cannot be called ${metadata.name}`);
  if (before !== undefined && before["addressType"] !== object["addressType"]) {
    throw new Error(`${kind} ${metadata.name}: addressType cannot be changed`);
  }
}
