import type { KubeObject } from "@headgate/api";

import type { Bodies } from "./body.ts";

/** What one controller wants of one object. */
export interface Claim {
  /** `operator/controller`. */
  readonly id: string;
  /** The same, both short. */
  readonly place: string;
  readonly how: "Updater" | "Patcher";
  /** Which comes first where two claim the same: the smaller, as a text. It stays as other Operators come and go. */
  readonly rank: string;
  readonly bodies: Bodies;
}

/** Which claims are granted, and why the others are not, by place. */
export interface Judgement {
  readonly granted: readonly Claim[];
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Decides between controllers that claim one object: of several Updaters it belongs to the first, and of several that want
 * different values in one field the Updater or the first Patcher has it. What is refused is not written at all.
 */
export function judgeClaims(claims: readonly Claim[]): Judgement {
  const granted: Claim[] = [];
  const refused = new Map<string, string>();
  const order = claims.toSorted((a, b) => place(a) - place(b) || (a.rank < b.rank ? -1 : 1));
  for (const claim of order) {
    const reason = granted.map((other) => rivalry(other, claim)).find((found) => found !== undefined);
    if (reason === undefined) granted.push(claim);
    else refused.set(claim.place, reason);
  }
  return { granted, refused };
}

function place({ how }: Claim): number {
  return how === "Updater" ? 0 : 1;
}

function rivalry(holder: Claim, claim: Claim): string | undefined {
  const object = nameOf(claim.bodies.main);
  if (holder.how === "Updater" && claim.how === "Updater") {
    return `${object} is made by controller ${holder.id} already; it is left to that`;
  }
  const main = clash(fieldsOf(holder.bodies.main), fieldsOf(claim.bodies.main), "");
  const field = main ?? clash(holder.bodies.status?.status, claim.bodies.status?.status, "status");
  if (field === undefined) return undefined;
  return `${object}: controller ${holder.id} wants another value in ${field}; it is left to that`;
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

/** What two controllers may disagree about. */
function fieldsOf({ metadata, ...rest }: KubeObject): object {
  const fields = Object.entries(rest).filter(([name]) => name !== "apiVersion" && name !== "kind");
  const { labels, annotations } = metadata;
  return { metadata: { labels, annotations }, ...Object.fromEntries(fields) };
}

/** The first field that both name with different values. Items of lists are told apart by their name, where they have one. */
function clash(a: unknown, b: unknown, at: string): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (Array.isArray(a) && Array.isArray(b)) {
    const [ours, theirs] = [byName(a), byName(b)];
    if (ours !== undefined && theirs !== undefined) return clash(ours, theirs, at);
    return JSON.stringify(a) === JSON.stringify(b) ? undefined : at;
  }
  if (!isMap(a) || !isMap(b)) return JSON.stringify(a) === JSON.stringify(b) ? undefined : at;
  for (const [name, value] of Object.entries(a)) {
    const found = clash(value, b[name], at === "" ? name : `${at}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function byName(list: readonly unknown[]): Readonly<Record<string, unknown>> | undefined {
  const named = list.map((item) => [isMap(item) ? item["name"] : undefined, item] as const);
  if (list.length === 0 || named.some(([name]) => typeof name !== "string")) return undefined;
  return Object.fromEntries(named as (readonly [string, unknown])[]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
