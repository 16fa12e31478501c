import { expect, test } from "vitest";
import { nearest } from "../src/nearest.ts";

test("the candidate that was probably meant", () => {
  const known = ["port", "path", "strip-prefix", "hostname"];
  expect(
    ["prot", "ports", "paht", "Path", "strip_prefix", "prefix", "host", "hostnames", "hotsname"].map((text) =>
      nearest(text, known),
    ),
  ).toEqual(["port", "port", "path", "path", "strip-prefix", "strip-prefix", "hostname", "hostname", "hostname"]);
  expect(["", "x", "timeout", "rewrite-target"].map((text) => nearest(text, known))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
