import { quote } from "@headgate/api";
import type { Desired, KubeObject, Refusal } from "@headgate/api";
import { appliedAnnotation } from "./stamp.ts";

/** How a controller knows its own objects. */
export interface Marks {
  /** The labels that each of its objects bears. */
  readonly labels: Readonly<Record<string, string>>;
  /** The one among them that tells apart several operators in one cluster. */
  readonly instanceLabel: string;
  /** The label that holds the owner's uid on objects in another namespace than their owner's, which no owner reference can name. */
  readonly uidLabel?: string;
}

/** The uids of the objects that an object belongs to. */
export function ownersOf({ metadata }: KubeObject, { uidLabel }: Marks): readonly string[] {
  const labelled = uidLabel === undefined ? undefined : metadata.labels?.[uidLabel];
  return [...(metadata.ownerReferences ?? []).map(({ uid }) => uid), ...(labelled === undefined ? [] : [labelled])];
}

/** Whether an object bears every mark of this controller and this instance. */
export function isMarked(object: KubeObject, { labels }: Marks): boolean {
  return Object.entries(labels).every(([name, value]) => object.metadata.labels?.[name] === value);
}

/**
 * Why an object that stands where we want one may not be touched; undefined when it is ours.
 *
 * Ours is what bears our marks, or what belongs to the very same owner and still bears one of them (someone took off the
 * others, which is then mended). Marks of another instance always count against us, so that two operators never fight.
 */
export function claimOf(desired: Desired, observed: KubeObject, marks: Marks): Refusal | undefined {
  if (isMarked(observed, marks)) return undefined;
  const { labels = {}, annotations = {}, ownerReferences = [] } = observed.metadata;
  const sameOwner = ownersOf(observed, marks).some((uid) => uid === desired.owner.uid);
  const instance = labels[marks.instanceLabel];
  const oneMark = appliedAnnotation in annotations || Object.entries(marks.labels).some(([k, v]) => labels[k] === v);
  const shown = `${observed.kind} ${quote(observed.metadata.name)}`;
  if (oneMark && instance !== undefined && instance !== marks.labels[marks.instanceLabel]) {
    const message = `${shown} belongs to another operator, instance ${quote(instance)}, and is left to it`;
    return { reason: "OtherInstance", message };
  }
  if (sameOwner && oneMark) return undefined;
  const owner = ownerReferences.find(({ controller }) => controller === true) ?? ownerReferences[0];
  const whose = owner === undefined ? "was not made by this operator" : `belongs to ${owner.kind} ${quote(owner.name)}`;
  return {
    reason: "ForeignObject",
    message: `${shown} exists and ${whose}; it is left untouched, and nothing is made until it is gone`,
  };
}
