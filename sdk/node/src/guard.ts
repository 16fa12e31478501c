/** The environment variable that names the endpoint which this process serves. */
export const guardrailVariable = "ENDPOINTSCALER_GUARDRAIL";

/** The body of a refusal, and the details of one over gRPC. */
export const notActive = "endpoint not active";

export interface GuardOptions {
  /** Refuse where the variable is unset or empty, instead of serving everything. Default false. */
  readonly failClosed?: boolean;
  /**
   * Paths that every pod serves, whatever endpoint it is meant for: those of health probes and the like. A path must be the very same,
   * without query, as the client sent it.
   */
  readonly allow?: readonly string[];
  /** What a refusal tells the client to wait, in seconds, rounded up; default 1. */
  readonly retryAfterSeconds?: number;
}

/** An answer in place of the handler's. */
export interface Refusal {
  readonly status: 503;
  readonly headers: { readonly "content-type": string; readonly "retry-after": string };
  readonly body: string;
}

/** The endpoint that this process is meant for; empty: all of them. Read at each call. */
export function activeEndpoint(): string {
  return process.env[guardrailVariable] ?? "";
}

/** Whether this process serves the endpoint: the variable names it, or is unset or empty and no option closes that. */
export function isActiveEndpoint(endpointId: string, { failClosed = false }: GuardOptions = {}): boolean {
  const active = activeEndpoint();
  return active === "" ? !failClosed : active === endpointId;
}

/** How a request for `target`, a path or URL with or without query, must be refused here; undefined: it is served. */
export function refusalOf(endpointId: string, target: string, options: GuardOptions = {}): Refusal | undefined {
  if (isActiveEndpoint(endpointId, options) || options.allow?.includes(pathOf(target)) === true) return undefined;
  return {
    status: 503,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "retry-after": String(Math.max(0, Math.ceil(options.retryAfterSeconds ?? 1))),
    },
    body: notActive,
  };
}

/** As it was written: `URL` would tidy it, so that a way round by dots led to an allowed path. */
function pathOf(target: string): string {
  const [path = ""] = target.replace(/^https?:\/\/[^/?]*/i, "").split("?", 1);
  return path;
}
