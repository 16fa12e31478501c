import { type FieldError, formatFieldErrors, statusCauses } from "../../schema/index.ts";
import type { Json, JsonObject } from "../json/json.ts";

/** What an error is about, for its text and its `details`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** Ends a request with a `Status` object. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: JsonObject;

  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.code = code;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason !== "" && { reason }),
      ...(details && { details }),
      code,
    };
  }
}

const detailsOf = (of: Subject, name: string, causes?: Json[]): JsonObject => ({
  ...(name !== "" && { name }),
  ...(of.group !== "" && { group: of.group }),
  kind: of.plural,
  ...(causes && { causes }),
});
export const qualified = (of: Subject): string => (of.group === "" ? of.plural : `${of.plural}.${of.group}`);

export const badRequest = (message: string): ApiError => new ApiError(400, "BadRequest", message);
/** A patch that can't be carried out, or whose result is no object of the kind. */
export const unprocessable = (message: string): ApiError => new ApiError(422, "Invalid", message, {});
export const invalidPatch = (why: string): ApiError => {
  const message = `Invalid value: ${why}`;
  const details = { causes: [{ reason: "FieldValueInvalid", message, field: "patch" }] };
  return new ApiError(422, "Invalid", ` "" is invalid: patch: ${message}`, details);
};
export const internalError = (message: string): ApiError => new ApiError(500, "InternalError", message);
export const notImplemented = (message: string): ApiError => new ApiError(501, "NotImplemented", message);
export const methodNotAllowed = (message: string): ApiError => new ApiError(405, "MethodNotAllowed", message, {});
export const unsupportedMediaType = (message: string): ApiError =>
  new ApiError(415, "UnsupportedMediaType", `the body of the request was in an unknown format - ${message}`, {});
export const expired = (message: string): ApiError => new ApiError(410, "Expired", message);
export const unknownPath = (): ApiError =>
  new ApiError(404, "NotFound", "the server could not find the requested resource", {});
export const notFound = (of: Subject, name: string): ApiError =>
  new ApiError(404, "NotFound", `${qualified(of)} "${name}" not found`, detailsOf(of, name));
export const alreadyExists = (of: Subject, name: string): ApiError =>
  new ApiError(409, "AlreadyExists", `${qualified(of)} "${name}" already exists`, detailsOf(of, name));
export const conflict = (of: Subject, name: string, why: string): ApiError =>
  new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`,
    detailsOf(of, name),
  );
export const modified = (of: Subject, name: string): ApiError =>
  conflict(of, name, "the object has been modified; please apply your changes to the latest version and try again");
export const forbidden = (of: Subject, name: string, why: string, causes?: Json[]): ApiError =>
  new ApiError(403, "Forbidden", `${qualified(of)} "${name}" is forbidden: ${why}`, detailsOf(of, name, causes));

/** A 422 that names every field at fault, worded as the API server words it. */
export const invalid = (of: Subject, name: string, errors: readonly FieldError[]): ApiError => {
  const kind = of.group === "" ? of.kind : `${of.kind}.${of.group}`;
  const causes = statusCauses(errors).map((cause) => ({ ...cause }));
  const details = { ...detailsOf(of, name, causes), kind: of.kind };
  return new ApiError(422, "Invalid", formatFieldErrors(kind, name, errors), details);
};
