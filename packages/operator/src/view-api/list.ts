import type { KubeObject } from "@headgate/api";

import { ApiFailure, badRequest } from "./failure.ts";
import type { History } from "./history.ts";
import type { ListMeta } from "./render.ts";
import type { Selects } from "./selection.ts";
import type { Versions } from "./versions.ts";

export interface Listed {
  readonly objects: readonly KubeObject[];
  readonly metadata: ListMeta;
}

/** Where a page of a list ends. */
interface Place {
  readonly version: string;
  /** The last key of the page. */
  readonly after: string;
}

/** A list, or a page of one: all pages tell of one moment. Throws 400 for what cannot be read, 410 for a moment that is forgotten. */
export function listOf(of: History, query: URLSearchParams, selects: Selects, versions: Versions): Listed {
  const limit = wholeNumber(query, "limit");
  const place = placeOf(query.get("continue"));
  const version = place === undefined ? momentOf(query, versions) : versions.parse(place.version);
  const then = of.at(version);
  if (then === undefined) {
    throw new ApiFailure(
      410,
      "The provided continue parameter or resource version is too old: list again from the beginning",
    );
  }
  const keys = [...then.keys()].sort();
  const from = place === undefined ? 0 : firstAfter(keys, place.after);
  const found: [string, KubeObject][] = [];
  for (const key of keys.slice(from)) {
    const object = then.get(key);
    if (object !== undefined && selects(object)) found.push([key, object]);
  }
  const page = limit > 0 ? found.slice(0, limit) : found;
  const last = page.at(-1);
  const left = found.length - page.length;
  const resourceVersion = versions.text(version);
  const more =
    left === 0 || last === undefined
      ? {}
      : { continue: tokenOf({ version: resourceVersion, after: last[0] }), remainingItemCount: left };
  return { objects: page.map(([, object]) => object), metadata: { resourceVersion, ...more } };
}

function momentOf(query: URLSearchParams, versions: Versions): number {
  const asked = query.get("resourceVersion") ?? "";
  if (asked === "" || asked === "0") return versions.last();
  const version = versions.parse(asked);
  return query.get("resourceVersionMatch") === "Exact" ? version : versions.last();
}

/** By halves: a list of many pages looks at all keys for each. */
function firstAfter(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? "") <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function tokenOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function placeOf(token: string | null): Place | undefined {
  if (token === null || token === "") return undefined;
  try {
    const { version, after } = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as Partial<Place>;
    if (typeof version === "string" && typeof after === "string") return { version, after };
  } catch {
    // It is none of ours, as the answer says.
  }
  throw badRequest("continue: Invalid value: it was not given out by this server");
}

/** 0 when it is not given. Throws 400 for what is no number. */
export function wholeNumber(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? "";
  if (text === "") return 0;
  if (!/^\d{1,12}$/.test(text)) throw badRequest(`${name}: Invalid value: ${JSON.stringify(text.slice(0, 40))}`);
  return Number(text);
}
