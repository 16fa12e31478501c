import type { Readable } from "node:stream";
import type { HeaderList } from "./header-list.ts";

/** A request as it goes to a backend. */
export interface Outbound {
  readonly method: string;
  readonly target: string;
  readonly authority: string;
  /** End-to-end fields only, without Host, Content-Length among them when the length is known. */
  readonly headers: HeaderList;
  /** Undefined for a request without one. It is not read before a connection stands. */
  readonly body: Readable | undefined;
  /** Whether the body that ended is whole. */
  readonly bodyComplete: () => boolean;
  readonly trailers: () => HeaderList;
  /** Whether the client asked for `te: trailers`. */
  readonly wantsTrailers: boolean;
  readonly connectTimeoutMs: number;
  readonly onInformational: (status: number, headers: HeaderList) => void;
}

/** The head of a backend's answer; the body follows. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Readable;
  /** Whether the body that ended is whole. */
  readonly complete: () => boolean;
  /** The head said that nothing follows. */
  readonly empty: boolean;
  /** Complete after the body ended. */
  readonly trailers: () => HeaderList;
}

/** One attempt to have a request answered. */
export interface Attempt {
  /** Rejects with a SendError. */
  readonly answer: Promise<Answer>;
  /** Breaks off, before or during the answer. Idempotent. */
  cancel(): void;
}

/** How far a failed attempt got, which is all that matters for trying again. */
export type Reached =
  /** The backend can't have seen any of it. */
  | "nothing"
  /** A connection that was kept open turned out to be dead: most likely nothing arrived, but that can't be known. */
  | "dead-connection"
  /** It may have been delivered. */
  | "something";

export class SendError extends Error {
  override readonly name = "SendError";
  readonly reached: Reached;
  /** Whether part of the client's body was read, so that it can't be sent again. */
  readonly bodyRead: boolean;
  /** The connection had served requests before. */
  readonly reused: boolean;
  readonly malformed: boolean;

  constructor(cause: Error, failure: Failure) {
    super(cause.message, { cause });
    this.reached = failure.reached;
    this.bodyRead = failure.bodyRead;
    this.reused = failure.reused;
    this.malformed = failure.malformed ?? false;
  }
}

/**
 * Whether Node refused to write a message because of what is in it: a stranger's field that its version of HTTP can carry
 * and the next one can't. Anything else that is thrown is a bug.
 */
export function isUnwritable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^ERR_(?:INVALID_(?:CHAR|HTTP_TOKEN|ARG_VALUE)|UNESCAPED_CHARACTERS|HTTP_INVALID_HEADER_VALUE|HTTP2_(?!INVALID_STREAM|STREAM_))/.test(
    code,
  );
}

interface Failure {
  readonly reached: Reached;
  readonly bodyRead: boolean;
  readonly reused: boolean;
  readonly malformed?: boolean;
}
