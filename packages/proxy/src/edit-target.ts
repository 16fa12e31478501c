import type { PathEdit, PathMatch, Redirect } from "@headgate/views/route-table";

/** A request target in origin form, cut at the first question mark. `query` keeps the mark. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

export function splitTarget(target: string): Target {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark) };
}

/** The path after an edit. `matched` is what the request was matched by; a prefix edit swaps just that prefix, by whole segments. */
export function editedPath(path: string, edit: PathEdit | undefined, matched: PathMatch): string {
  if (edit === undefined) return path;
  if (edit.type === "full") return edit.value.startsWith("/") ? edit.value : `/${edit.value}`;
  const prefix = matched.type === "exact" || matched.value !== "/" ? matched.value : "";
  const rest = path.slice(prefix.length);
  const head = edit.value.endsWith("/") ? edit.value.slice(0, -1) : edit.value;
  const joined = head + (rest === "" || rest.startsWith("/") ? rest : `/${rest}`);
  return joined.startsWith("/") ? joined : `/${joined}`;
}

export interface RedirectFrom extends Target {
  readonly scheme: string;
  /** Without port. */
  readonly hostname: string;
  /** The port that the client came in by. */
  readonly port: number;
  readonly matched: PathMatch;
}

/** The `Location` of a redirect. Ports that the scheme implies are left out. */
export function redirectLocation(redirect: Redirect, from: RedirectFrom): string {
  const scheme = redirect.scheme ?? from.scheme;
  const implied = scheme === "https" ? 443 : 80;
  const port = redirect.port ?? (redirect.scheme === undefined ? from.port : implied);
  const path = editedPath(from.path, redirect.path, from.matched);
  return `${scheme}://${redirect.hostname ?? from.hostname}${port === implied ? "" : `:${port}`}${path}${from.query}`;
}
