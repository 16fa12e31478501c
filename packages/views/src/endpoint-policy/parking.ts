import { fields, list } from "../read/index.ts";
import type { Fields } from "../read/index.ts";

/** A header that no client sends. */
const header = "x-headgate-parked";

/**
 * The rule as a route begins: it leads where it will lead, and takes no request. So its Gateway gets to know the backends before the
 * first request for them; one that learns of both at once may have the route before the backends, and answers 503 in between.
 */
export function parkedRule(rule: Fields): Fields {
  const [match] = list(rule["matches"]).map(fields);
  return { ...rule, matches: [{ ...match, headers: [{ type: "Exact", name: header, value: "true" }] }] };
}

export function isParked(spec: Fields): boolean {
  const matches = list(spec["rules"]).flatMap((rule) => list(fields(rule)["matches"]));
  return matches.some((match) => list(fields(match)["headers"]).some((one) => fields(one)["name"] === header));
}
