import type { ErrorCode } from "@headgate/api";
import { OpError } from "@headgate/api";
import { seeded } from "@headgate/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failedAnswer, failedTalk, failedWatch } from "../src/failure.ts";
import { status } from "./scripted-server.ts";

const table: readonly (readonly [number, string, ErrorCode])[] = [
  [400, "BadRequest", "INVALID"],
  [401, "Unauthorized", "UNAUTHORIZED"],
  [403, "Forbidden", "FORBIDDEN"],
  [404, "NotFound", "NOT_FOUND"],
  [405, "MethodNotAllowed", "UNSUPPORTED"],
  [406, "NotAcceptable", "UNSUPPORTED"],
  [408, "Timeout", "TIMEOUT"],
  [409, "Conflict", "CONFLICT"],
  [409, "AlreadyExists", "ALREADY_EXISTS"],
  [410, "Expired", "GONE"],
  [410, "Gone", "GONE"],
  [412, "PreconditionFailed", "CONFLICT"],
  [413, "RequestEntityTooLarge", "INVALID"],
  [415, "UnsupportedMediaType", "UNSUPPORTED"],
  [418, "Teapot", "INVALID"],
  [422, "Invalid", "INVALID"],
  [429, "TooManyRequests", "THROTTLED"],
  [500, "InternalError", "SERVER_ERROR"],
  [501, "NotImplemented", "UNSUPPORTED"],
  [502, "BadGateway", "SERVER_ERROR"],
  [503, "ServiceUnavailable", "SERVER_ERROR"],
  [504, "Timeout", "TIMEOUT"],
  [302, "Found", "PROTOCOL"],
];

describe("each HTTP status has its code", () => {
  test.each(table)("%i %s is %s", (code, reason, expected) => {
    const error = failedAnswer("GET /x", { status: code, body: JSON.stringify(status(code, reason)) }, 0);
    expect(error).toMatchObject({ code: expected, status: code });
    expect(error.message).toContain(`GET /x: ${code} because ${reason}`);
  });
});

test("an update that names another uid is a conflict even where the server calls the field immutable", () => {
  const body = JSON.stringify(status(422, "Invalid", { details: { causes: [{ field: "metadata.uid" }] } }));
  expect(failedAnswer("PATCH /x", { status: 422, body }, 0).code).toBe("CONFLICT");
});

test("Retry-After is read as seconds, as a date, or from the Status", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const wait = (retryAfter: string | undefined, body = "busy"): number | undefined =>
    failedAnswer("GET /x", { status: 429, retryAfter, body }, now).retryAfter;
  expect(wait("7")).toBe(7);
  expect(wait("Thu, 01 Jan 2026 00:00:30 GMT")).toBe(30);
  expect(wait("Wed, 31 Dec 2025 00:00:00 GMT")).toBe(0);
  expect(wait("soon")).toBeUndefined();
  expect(wait(undefined, JSON.stringify(status(429, "TooManyRequests", { details: { retryAfterSeconds: 3 } })))).toBe(
    3,
  );
});

test("a watch's ERROR event is read by the code and reason of its Status", () => {
  expect(failedWatch("watch pods", status(410, "Expired")).code).toBe("GONE");
  expect(failedWatch("watch pods", status(500, "Expired")).code).toBe("GONE");
  expect(failedWatch("watch pods", status(500, "InternalError")).code).toBe("SERVER_ERROR");
  expect(failedWatch("watch pods", "nonsense").code).toBe("SERVER_ERROR");
});

test("what breaks on the way is told apart, and a bug of ours stays a bug", () => {
  const broken = (code: string): unknown => failedTalk("GET /x", Object.assign(new Error("it broke"), { code }));
  expect(broken("ECONNREFUSED")).toMatchObject({ code: "UNREACHABLE" });
  expect(broken("UND_ERR_SOCKET")).toMatchObject({ code: "UNREACHABLE" });
  expect(broken("UND_ERR_HEADERS_OVERFLOW")).toMatchObject({ code: "PROTOCOL" });
  expect(broken("UND_ERR_INVALID_ARG")).not.toBeInstanceOf(OpError);
  expect(failedTalk("GET /x", new TypeError("bug"))).toBeInstanceOf(TypeError);
});

test("any answer whatever gives an OpError", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 999 }),
      fc.string(),
      fc.option(fc.string(), { nil: undefined }),
      (code, body, retryAfter) => {
        expect(failedAnswer("GET /x", { status: code, body, retryAfter }, 0)).toBeInstanceOf(OpError);
      },
    ),
    seeded(200),
  );
});
