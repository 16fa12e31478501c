import { operatorFinalizer, parseOperatorResource, pipelinesController, refOf, writtenAnnotation } from "@headgate/api";
import type { Action, KubeObject, ObjectRef } from "@headgate/api";
import { parseOperator } from "@headgate/pipeline";
import type { Controller, Faulty } from "@headgate/pipeline";

import { shortName } from "./names.ts";

/** A kind that controllers of an Operator write, or may have written. */
export interface WrittenKind {
  readonly group: string;
  readonly kind: string;
  /** Also by Patchers, which leave no label. */
  readonly patched: boolean;
}

/** An Operator as the host sees it. */
export interface Hosted {
  readonly object: KubeObject;
  readonly ref: ObjectRef;
  readonly short: string;
  /** Changes with what it wants. */
  readonly version: string;
  readonly deleting: boolean;
  readonly held: boolean;
  /** Why none of it can be used. */
  readonly invalid: readonly string[];
  /** The names of all controllers, in the order of the spec. */
  readonly names: readonly string[];
  readonly controllers: readonly Controller[];
  readonly faulty: readonly Faulty[];
  readonly written: readonly WrittenKind[];
}

/** Reads an Operator; `before` spares reading again what has not changed. */
export function hosted(object: KubeObject, before?: Hosted): Hosted {
  const { name, uid = "", generation = 0, deletionTimestamp, finalizers = [] } = object.metadata;
  const version = `${uid} ${String(generation)} ${String(deletionTimestamp !== undefined)}`;
  const read = before?.version === version ? before : specOf(object);
  return {
    object,
    ref: refOf(object),
    short: shortName(name),
    version,
    deleting: deletionTimestamp !== undefined,
    held: finalizers.includes(operatorFinalizer),
    invalid: read.invalid,
    names: read.names,
    controllers: read.controllers,
    faulty: read.faulty,
    written: writtenOf(object),
  };
}

function specOf(object: KubeObject): Pick<Hosted, "invalid" | "names" | "controllers" | "faulty"> {
  const parsed = parseOperatorResource(object);
  if (!parsed.ok) {
    return { invalid: parsed.refusals.map(({ message }) => message), names: [], controllers: [], faulty: [] };
  }
  const { spec } = parsed.value;
  const { controllers, faulty } = parseOperator(object.metadata.name, spec);
  return { invalid: [], names: spec.controllers.map(({ name }) => name), controllers, faulty };
}

function writtenOf({ metadata }: KubeObject): readonly WrittenKind[] {
  try {
    const list: unknown = JSON.parse(metadata.annotations?.[writtenAnnotation] ?? "[]");
    return Array.isArray(list) ? list.filter(isWrittenKind) : [];
  } catch {
    // Somebody edited it. What it said is lost, and what is wanted now will be put there.
    return [];
  }
}

function isWrittenKind(value: unknown): value is WrittenKind {
  const { group, kind, patched } = (value ?? {}) as Partial<WrittenKind>;
  return typeof group === "string" && typeof kind === "string" && typeof patched === "boolean";
}

/** Sorts the older before the younger. */
export function ageOf({ metadata }: KubeObject): string {
  return `${metadata.creationTimestamp ?? ""} ${metadata.name}`;
}

/** The kinds in the cluster that the Operator's controllers write. */
export function targetsOf(controllers: readonly Controller[]): readonly WrittenKind[] {
  const found = new Map<string, WrittenKind>();
  for (const { target } of controllers) {
    const { view, group, kind } = target.resource;
    if (view) continue;
    const key = kindKey({ group, kind });
    const patched = target.type === "Patcher" || found.get(key)?.patched === true;
    found.set(key, { group, kind, patched });
  }
  return [...found.values()];
}

export function kindKey({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return `${group}/${kind}`;
}

/**
 * The write that makes an Operator bear where its controllers write, and our finalizer while that is anywhere. It is done before
 * the first of their writes, so that whatever happens it is known where to look for them.
 */
export function holding(
  { object, ref, held, written, deleting }: Hosted,
  kinds: readonly WrittenKind[],
): Action | undefined {
  const wanted = kinds.toSorted((a, b) => (kindKey(a) < kindKey(b) ? -1 : 1));
  const same = JSON.stringify(wanted) === JSON.stringify(written);
  if (same && held === wanted.length > 0) return undefined;
  if (deleting && !held) return undefined;
  const { apiVersion, kind, metadata } = object;
  const { uid = "", resourceVersion = "", name } = metadata;
  const holds = {
    finalizers: [operatorFinalizer],
    annotations: { [writtenAnnotation]: JSON.stringify(wanted) },
  };
  const body = { apiVersion, kind, metadata: { name, ...(wanted.length === 0 ? {} : holds) } };
  const desired = { controller: pipelinesController, owner: ref, object: body };
  return { do: "apply", desired, observed: { uid, resourceVersion } };
}
