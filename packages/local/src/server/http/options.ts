import type { FieldError } from "../../schema/index.ts";
import { faults, forbidden, required } from "../kinds/faults.ts";
import { invalid } from "./api-error.ts";
import type { ApiRequest } from "./api-request.ts";

const verbs: Readonly<Record<string, string>> = { POST: "Create", PUT: "Update", PATCH: "Patch", DELETE: "Delete" };

/** An error when a value is none of those allowed. */
export const oneOf = (path: string, value: string | null, ...allowed: readonly string[]): FieldError | undefined => {
  const detail = `supported values: ${allowed.map((text) => JSON.stringify(text)).join(", ")}`;
  return value === null || allowed.includes(value) ? undefined : { path, type: "NotSupported", value, detail };
};

/** Throws a 422 when there is an error. */
export const refuseOptions = (kind: string, errors: readonly (FieldError | false | undefined)[]): void => {
  const wrong = faults(...errors);
  if (wrong.length > 0) throw invalid({ group: "meta.k8s.io", plural: kind, kind }, "", wrong);
};

/** Throws a 422 for parameters of a write that make no sense. */
export const checkOptions = ({ query, incoming: { method = "", headers } }: ApiRequest): void => {
  const kind = `${verbs[method] ?? "List"}Options`;
  const match = query.has("watch") ? null : query.get("resourceVersionMatch");
  const applies = method === "PATCH" && headers["content-type"]?.startsWith("application/apply-patch") === true;
  const manager = query.get("fieldManager") ?? "";
  const errors = [
    ...query.getAll("dryRun").map((value) => oneOf("dryRun", value, "All")),
    oneOf("fieldValidation", query.get("fieldValidation"), "", "Ignore", "Strict", "Warn"),
    oneOf("propagationPolicy", query.get("propagationPolicy"), "Background", "Foreground", "Orphan"),
    applies && manager === "" && required("fieldManager", "is required for apply patch"),
    manager.length > 128 &&
      ({ path: "fieldManager", type: "TooLong", detail: "may not be more than 128 bytes" } as const),
    oneOf("resourceVersionMatch", match, "Exact", "NotOlderThan"),
    match !== null && !query.get("resourceVersion") && forbidden("resourceVersionMatch", "needs a resourceVersion"),
    match === "Exact" &&
      query.get("resourceVersion") === "0" &&
      forbidden("resourceVersionMatch", '"Exact" needs another version than "0"'),
    query.has("force") && !applies && forbidden("force", "may not be specified for non-apply patch"),
  ];
  refuseOptions(kind, errors);
};
