import { expect, test } from "vitest";
import { compareVersions, isOlder } from "../src/version.ts";

test("versions are compared as integers of any length", () => {
  expect(isOlder("9", "10")).toBe(true);
  expect(isOlder("10", "9")).toBe(false);
  expect(isOlder("90071992547409931", "90071992547409932")).toBe(true);
  expect(compareVersions("7", "7")).toBe(0);
});

test("versions that are not integers can only be equal or not", () => {
  expect(compareVersions("abc", "abd")).toBeUndefined();
  expect(compareVersions("1", "1a")).toBeUndefined();
  expect(compareVersions("01", "2")).toBeUndefined();
  expect(isOlder("a", "b")).toBe(false);
});
