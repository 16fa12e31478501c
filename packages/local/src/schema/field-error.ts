/** Kinds of field errors; `causeReason` gives the reason that Status details carry. */
export type FieldErrorType =
  | "Required"
  | "Invalid"
  | "TypeInvalid"
  | "NotSupported"
  | "NotFound"
  | "Duplicate"
  | "Forbidden"
  | "TooLong"
  | "TooMany";

/**
 * One thing wrong with one field. `path` is "" for the whole object. `value` is what the API server would show;
 * leave the key out where it shows none.
 */
export interface FieldError {
  readonly path: string;
  readonly type: FieldErrorType;
  readonly value?: unknown;
  readonly detail: string;
}

const headline: Record<FieldErrorType, string> = {
  Required: "Required value",
  Invalid: "Invalid value",
  TypeInvalid: "Invalid value",
  NotSupported: "Unsupported value",
  NotFound: "Not found",
  Duplicate: "Duplicate value",
  Forbidden: "Forbidden",
  TooLong: "Too long",
  TooMany: "Too many",
};

const showsNoValue: ReadonlySet<FieldErrorType> = new Set<FieldErrorType>(["Required", "Forbidden", "TooLong"]);

function body(error: FieldError): string {
  const head = headline[error.type];
  const shown = showsNoValue.has(error.type) || !("value" in error) ? head : `${head}: ${JSON.stringify(error.value)}`;
  return error.detail === "" ? shown : `${shown}: ${error.detail}`;
}

/** The error as the API server words it: `spec.x: Invalid value: 1: must be ...`. An error of the whole object has the path `<nil>`. */
export function formatFieldError(error: FieldError): string {
  return `${error.path === "" ? "<nil>" : error.path}: ${body(error)}`;
}

/** The `message` of the 422 Status that refuses an object. `kind` is `Kind.group`, or the bare kind of the core group. */
export function formatFieldErrors(kind: string, name: string, errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(formatFieldError))];
  return `${kind} ${JSON.stringify(name)} is invalid: ${texts.length === 1 ? String(texts[0]) : `[${texts.join(", ")}]`}`;
}

/** One entry of the Status' `details.causes`. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The errors as `details.causes` of a Status. */
export function statusCauses(errors: readonly FieldError[]): StatusCause[] {
  return errors.map((error) => ({
    reason: `FieldValue${error.type}`,
    message: body(error),
    field: error.path === "" ? "<nil>" : error.path,
  }));
}

/** `path.key`, without the dot at the root. */
export function childPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
