import { refusalOf } from "./guard.ts";
import type { GuardOptions } from "./guard.ts";

/** Guards a handler that takes a Request and gives a Response. What comes after the request is passed on as it is. */
export function guardFetch<Rest extends readonly unknown[], Answer extends Response | Promise<Response>>(
  endpointId: string,
  handler: (request: Request, ...rest: Rest) => Answer,
  options?: GuardOptions,
): (request: Request, ...rest: Rest) => Answer | Response {
  return (request, ...rest) => {
    const refusal = refusalOf(endpointId, request.url, options);
    if (refusal === undefined) return handler(request, ...rest);
    const { status, headers, body } = refusal;
    return new Response(request.method === "HEAD" ? null : body, { status, headers });
  };
}
