import type { IncomingMessage, ServerResponse } from "node:http";
import type { Resource } from "../kinds/resource.ts";

/** A request to a resource, with its path and query understood. */
export interface ApiRequest {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** The body, read whole. */
  readonly body: Buffer;
  /** Sent as `Warning` headers with the answer. */
  readonly warnings: string[];
}

export const isDryRun = ({ query }: ApiRequest): boolean => query.getAll("dryRun").includes("All");
