import { readFileSync } from "node:fs";
import { answers } from "@headgate/proxy";
import { expect, test } from "vitest";
import { root } from "../../tools/root.ts";

test("docs/reference/gateway.md lists the proxy's own answers, all and as they are", () => {
  const rows = readFileSync(`${root}docs/reference/gateway.md`, "utf8").matchAll(
    /^\| `([a-z-]+)` \| (\d{3}) \| (.*) \|$/gm,
  );
  const listed = Object.fromEntries(
    [...rows].map(([, reason = "", status, text]) => [reason, { status: Number(status), text }]),
  );
  expect(listed).toEqual(answers);
});
