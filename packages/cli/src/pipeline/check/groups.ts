import type { Resource } from "@headgate/pipeline";

import { groupsOf, isKnownGroup } from "../known-kinds.ts";

/**
 * What is odd about the group of a source or target: a built-in kind in a group of Kubernetes's that does not have it, or
 * without a group, which makes it a view. Undefined when nothing is known against it.
 */
export function oddGroup({ group, kind, view }: Resource): string | undefined {
  const groups = groupsOf(kind);
  if (groups.length === 0 || groups.includes(group)) return undefined;
  const right = groups.map((one) => `apiGroup: ${one === "" ? '""' : one}`).join(" or ");
  if (view) return `without apiGroup this is a view; the kind ${kind} of the cluster is ${right}`;
  if (!isKnownGroup(group)) return undefined;
  return `${group === "" ? "the core group" : group} has no kind ${kind}: ${right}`;
}
