import type { Json } from "@headgate/api";

import { isDoc, isList } from "../value.ts";
import type { Doc } from "../value.ts";
import { fault, mapOf } from "./evaluate.ts";
import type { Blame } from "./evaluate.ts";

/**
 * Whether labels are selected by a label selector of Kubernetes: `{matchLabels, matchExpressions}`, or a map that is
 * itself the labels to match. Nothing selects nothing and is never selected.
 */
export function selects(selector: Json, labels: Json, blame: Blame): boolean {
  if (selector === null || labels === null) return false;
  const asked = mapOf(selector, blame);
  const given = mapOf(labels, blame);
  const { matchLabels, matchExpressions } = asked;
  if (!isDoc(matchLabels) && !isList(matchExpressions)) return matches(asked, given);
  if (isDoc(matchLabels) && !matches(matchLabels, given)) return false;
  return isList(matchExpressions) ? matchExpressions.every((one) => meets(mapOf(one, blame), given, blame)) : true;
}

function matches(wanted: Doc, labels: Doc): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const label = labelOf(labels, key);
    return label !== undefined && label === shown(value);
  });
}

function meets({ key, operator, values }: Doc, labels: Doc, blame: Blame): boolean {
  if (typeof key !== "string") return fault(blame, "bad-selector", "a requirement has no key");
  const label = labelOf(labels, key);
  if (operator === "Exists" || operator === "DoesNotExist") {
    if (isList(values) && values.length > 0) return fault(blame, "bad-selector", `${operator} takes no values`);
    return (label !== undefined) === (operator === "Exists");
  }
  if (operator !== "In" && operator !== "NotIn")
    return fault(
      blame,
      "bad-selector",
      `operator ${JSON.stringify(operator ?? null)}: In, NotIn, Exists or DoesNotExist expected`,
    );
  if (!isList(values) || values.length === 0) return fault(blame, "bad-selector", `${operator} takes values`);
  const among = label !== undefined && values.some((value) => shown(value) === label);
  return operator === "In" ? among : !among;
}

function labelOf(labels: Doc, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? shown(labels[key] ?? null) : undefined;
}

function shown(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
