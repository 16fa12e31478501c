/** Ends a request with a `Status` object, as an API server says that something is wrong. */
export class ApiFailure extends Error {
  readonly code: number;
  readonly reason: string;
  /** After how many seconds it is worth another attempt. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.reason = reasons[code] ?? "InternalError";
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  410: "Expired",
  413: "RequestEntityTooLarge",
  429: "TooManyRequests",
  501: "NotImplemented",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** What a client of the Kubernetes API reads of a failure. */
export function statusOf({ code, reason, message, retryAfterSeconds }: ApiFailure): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
    code,
  };
}

export function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, message);
}

/** A path that is about nothing here. */
export function unknownPath(): ApiFailure {
  return new ApiFailure(404, "the server could not find the requested resource");
}
