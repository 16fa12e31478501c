/**
 * The catalogue of failed effects: each code says what happened and whether doing the same again can help.
 * `docs/reference/errors.md` has a section for each; codes are never reused.
 */
export const catalogue = {
  UNREACHABLE: { retry: true, text: "the API server could not be reached" },
  TIMEOUT: { retry: true, text: "the API server did not answer in time" },
  STALLED: { retry: true, text: "a watch sent no bytes for longer than its read timeout" },
  CONFLICT: { retry: true, text: "the object was changed by someone else" },
  ALREADY_EXISTS: { retry: false, text: "an object of that name exists already" },
  NOT_FOUND: { retry: false, text: "the object or its kind does not exist" },
  GONE: { retry: true, text: "the resource version is too old" },
  THROTTLED: { retry: true, text: "the API server asks for a pause" },
  SERVER_ERROR: { retry: true, text: "the API server failed" },
  INVALID: { retry: false, text: "the API server refused the object as invalid" },
  FORBIDDEN: { retry: true, text: "permission is missing" },
  UNAUTHORIZED: { retry: true, text: "the credentials were refused" },
  UNSUPPORTED: { retry: false, text: "the API server does not support the request" },
  PROTOCOL: { retry: true, text: "the API server's answer could not be understood" },
} as const satisfies Record<string, { readonly retry: boolean; readonly text: string }>;

export type ErrorCode = keyof typeof catalogue;

/** A failed effect. The message begins with the catalogue's text and goes on with the detail. */
export class OpError extends Error {
  override readonly name = "OpError";
  readonly code: ErrorCode;
  /** The message without the catalogue's text. */
  readonly detail: string;
  /** HTTP status, when an answer came at all. */
  readonly status: number | undefined;
  /** Seconds that the server asked us to wait (Retry-After), when it did. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { readonly cause?: unknown; readonly status?: number; readonly retryAfter?: number } = {},
  ) {
    super(`${catalogue[code].text}: ${detail}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
  }

  /** Whether the same request can succeed later without anyone changing it. */
  get retry(): boolean {
    return catalogue[this.code].retry;
  }
}
