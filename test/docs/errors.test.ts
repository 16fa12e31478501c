import { readFileSync } from "node:fs";
import { catalogue } from "@headgate/api";
import { expect, test } from "vitest";
import { errorReferenceComplaints } from "../../tools/docs/error-reference.ts";
import { root } from "../../tools/root.ts";

test("docs/reference/errors.md and the catalogue of error codes say the same, both ways", () => {
  const markdown = readFileSync(`${root}docs/reference/errors.md`, "utf8");
  expect(errorReferenceComplaints(markdown, catalogue)).toEqual([]);
});
