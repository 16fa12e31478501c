import type { ErrorCode } from "@headgate/api";
import { OpError } from "@headgate/api";

/** What a `Status` object says about a failure, as far as we read it. */
interface Status {
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly details?: {
    readonly retryAfterSeconds?: unknown;
    readonly causes?: readonly { readonly field?: unknown; readonly reason?: unknown }[];
  };
}

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: "INVALID",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "UNSUPPORTED",
  406: "UNSUPPORTED",
  408: "TIMEOUT",
  409: "CONFLICT",
  410: "GONE",
  412: "CONFLICT",
  413: "INVALID",
  415: "UNSUPPORTED",
  422: "INVALID",
  429: "THROTTLED",
  501: "UNSUPPORTED",
  504: "TIMEOUT",
};

/**
 * The failure that an answer other than 2xx stands for. `what` names the request.
 * Total: any status and any body gives an OpError.
 */
export function failedAnswer(
  what: string,
  answer: { readonly status: number; readonly retryAfter?: string | undefined; readonly body: string },
  now: number,
): OpError {
  const status = parseStatus(answer.body);
  const text = typeof status?.message === "string" ? status.message : answer.body.slice(0, 200).trim();
  const wait = secondsToWait(answer.retryAfter, now) ?? retrySeconds(status);
  return new OpError(codeOf(answer.status, status), `${what}: ${answer.status} ${text}`, {
    status: answer.status,
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

/** The failure that a watch reports by an ERROR event, whose object is a Status. */
export function failedWatch(what: string, object: unknown): OpError {
  const status: Status = isRecord(object) ? object : {};
  const code = typeof status.code === "number" ? status.code : 500;
  const message = typeof status.message === "string" ? status.message : JSON.stringify(object);
  const wait = retrySeconds(status);
  return new OpError(codeOf(code, status), `${what}: ${code} ${message}`, {
    status: code,
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

/** The failure behind an error thrown while talking; a bug of ours (wrong arguments) comes back as it is. */
export function failedTalk(what: string, cause: unknown): unknown {
  if (cause instanceof OpError || !(cause instanceof Error)) return cause;
  const code = (cause as { readonly code?: unknown }).code;
  const detail = `${what}: ${typeof code === "string" ? `${code} ` : ""}${cause.message}`;
  // An answer that ended too early is a parser's error without any code.
  if (cause.name === "HTTPParserError") {
    return new OpError(cause.message.includes("EOF") ? "UNREACHABLE" : "PROTOCOL", detail, { cause });
  }
  if (typeof code !== "string" || code === "UND_ERR_INVALID_ARG" || code.startsWith("ERR_INVALID_ARG")) return cause;
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return new OpError("TIMEOUT", detail, { cause });
  }
  const garbled = code.endsWith("_OVERFLOW") || code.endsWith("_MISMATCH");
  return new OpError(garbled ? "PROTOCOL" : "UNREACHABLE", detail, { cause });
}

function codeOf(status: number, body: Status | undefined): ErrorCode {
  if (status === 409 && body?.reason === "AlreadyExists") return "ALREADY_EXISTS";
  // A uid in the body of an update that isn't the object's: some servers say conflict, others "field is immutable".
  if (status === 422 && body?.details?.causes?.some((cause) => cause.field === "metadata.uid")) return "CONFLICT";
  // The reason outranks the number where they differ: in a watch, "Expired" may come with either.
  if (body?.reason === "Expired" || body?.reason === "Gone") return "GONE";
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return "SERVER_ERROR";
  return status >= 400 ? "INVALID" : "PROTOCOL";
}

function parseStatus(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && parsed["kind"] === "Status" ? parsed : undefined;
  } catch {
    // Gateways and load balancers answer with pages of their own.
    return undefined;
  }
}

function retrySeconds(status: Status | undefined): number | undefined {
  const seconds = status?.details?.retryAfterSeconds;
  return typeof seconds === "number" && seconds > 0 ? seconds : undefined;
}

/** Retry-After is a number of seconds or an HTTP date. */
function secondsToWait(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
