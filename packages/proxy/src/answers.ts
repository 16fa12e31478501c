/** What the proxy answers by itself, by stable reason. The reason is in the header `headgate-reason` of the answer. */
export const answers = {
  "bad-request": { status: 400, text: "the request can be read in two ways, or not at all" },
  "no-route": { status: 404, text: "no route takes this request" },
  "request-timeout": { status: 408, text: "the request did not arrive in time" },
  "expectation-failed": { status: 417, text: "only 100-continue can be expected" },
  "headers-too-large": { status: 431, text: "the request's header fields are too large or too many" },
  "rule-refused": { status: 500, text: "the route's rule can't be served; see the route's status" },
  "no-backend": { status: 500, text: "the route's rule has no backend to send to" },
  "backend-refused": { status: 500, text: "the backend can't be used; see the route's status" },
  "connection-broken": { status: 502, text: "the backend broke off before it answered" },
  "bad-response": { status: 502, text: "the backend's answer can't be understood" },
  "no-endpoint": { status: 503, text: "the backend has no ready endpoint" },
  "connect-failed": { status: 503, text: "no endpoint of the backend could be reached" },
  "timed-out": { status: 504, text: "the backend did not answer in time" },
  "http-version": { status: 505, text: "only HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken" },
} as const satisfies Record<string, { readonly status: number; readonly text: string }>;

export type Reason = keyof typeof answers;

export const reasonHeader = "headgate-reason";

/** The gRPC status code that stands for an HTTP status: clients of gRPC look at nothing else. */
export function grpcStatus(status: number): number {
  if (status === 400) return 13;
  if (status === 404) return 12;
  if (status === 504) return 4;
  return status >= 502 && status !== 505 ? 14 : 13;
}
