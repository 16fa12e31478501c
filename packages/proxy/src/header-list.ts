import type { HeaderEdits } from "@headgate/views/route-table";

/** Header fields in the order in which they came, duplicates included. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Pairs from Node's flat list. HTTP/2's pseudo fields are left out. */
export function pairsOf(raw: readonly string[]): HeaderList {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    if (!name.startsWith(":")) pairs.push([name, raw[i + 1] ?? ""]);
  }
  return pairs;
}

/** Every value of a field. The name is given in lower case. */
export function valuesOf(headers: HeaderList, name: string): readonly string[] {
  return headers.flatMap(([n, value]) => (n.toLowerCase() === name ? [value] : []));
}

/** The elements of a comma-separated field, in lower case. */
export function tokensOf(headers: HeaderList, name: string): readonly string[] {
  return valuesOf(headers, name)
    .flatMap((value) => value.split(","))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== "");
}

const hopByHop = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What one hop says to the next is not passed on: the fixed names, and those that `Connection` nominates. */
export function endToEnd(headers: HeaderList): HeaderList {
  const nominated = new Set(tokensOf(headers, "connection"));
  return headers.filter(([name]) => !hopByHop.has(name.toLowerCase()) && !nominated.has(name.toLowerCase()));
}

/** Fields that belong to the framing of a message or its connection: a filter can't edit them. */
const fixed = new Set([...hopByHop, "host", "content-length"]);

/** A route's edits, in the order set, add, remove. */
export function edited(headers: HeaderList, edits: HeaderEdits | undefined): HeaderList {
  if (edits === undefined) return headers;
  const free = <T>(items: readonly T[], name: (item: T) => string): readonly T[] =>
    items.filter((i) => !fixed.has(name(i).toLowerCase()));
  const set = free(edits.set, (e) => e.name);
  const gone = new Set([...set.map((e) => e.name), ...free(edits.remove, (n) => n)].map((name) => name.toLowerCase()));
  const removed = new Set(edits.remove.map((name) => name.toLowerCase()));
  const kept = headers.filter(([name]) => !gone.has(name.toLowerCase()));
  const added = [...set, ...free(edits.add, (e) => e.name)].filter((e) => !removed.has(e.name.toLowerCase()));
  return [...kept, ...added.map(({ name, value }) => [name, value] as const)];
}

/** The fields of a trailer section that may be passed on: nothing that frames, routes or authenticates. */
export function cleanTrailers(trailers: HeaderList): HeaderList {
  return trailers.filter(([name]) => !fixed.has(name.toLowerCase()) && !forbiddenTrailers.has(name.toLowerCase()));
}

const forbiddenTrailers = new Set([
  "authorization",
  "cookie",
  "set-cookie",
  "content-encoding",
  "content-type",
  "content-range",
  "expect",
]);

/** How a request's `X-Forwarded-*` fields are treated: what strangers say is replaced, what a gateway in front says is carried on. */
export type Forwarded = "replace" | "append";

export interface Origin {
  readonly address: string;
  readonly scheme: string;
  readonly authority: string;
}

/** Headers with `X-Forwarded-For`, `-Proto` and `-Host` as the policy has them. */
export function forwarded(headers: HeaderList, policy: Forwarded, origin: Origin): HeaderList {
  const chain = policy === "append" ? valuesOf(headers, "x-forwarded-for") : [];
  const kept = (name: string, otherwise: string): string =>
    (policy === "append" ? valuesOf(headers, name)[0] : undefined) ?? otherwise;
  const rest = headers.filter(
    ([name]) =>
      !/^(?:x-forwarded-(?:for|proto|host)|forwarded)$/i.test(name) ||
      (policy === "append" && /^forwarded$/i.test(name)),
  );
  return [
    ...rest,
    ["X-Forwarded-For", [...chain, origin.address].join(", ")],
    ["X-Forwarded-Proto", kept("x-forwarded-proto", origin.scheme)],
    ["X-Forwarded-Host", kept("x-forwarded-host", origin.authority)],
  ];
}
