import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEndpointPolicy } from "@headgate/api";
import { expect, test } from "vitest";
import { violations } from "./violations.ts";

const file = new URL("refusals.txt", import.meta.url);

/** Long values are cut, so that the file can be read. */
function refusals(spec: unknown): readonly string[] {
  const metadata = { name: "p", namespace: "default", uid: "u" };
  const object = { apiVersion: "endpointscaler.io/v1alpha1", kind: "EndpointPolicy", metadata, spec };
  const outcome = parseEndpointPolicy(JSON.parse(JSON.stringify(object)) as typeof object);
  return outcome.ok ? [] : outcome.refusals.map(({ message }) => `  ${message.replace(/1{20,}/, "1…1")}`);
}

test("each constraint of the CRD's schema is told of in words, once, and with its field", () => {
  const cases = violations();
  expect(cases.length).toBeGreaterThan(150);
  for (const { what, spec } of cases) expect([what, refusals(spec).length]).toEqual([what, 1]);
  const written = cases.flatMap(({ what, spec }) => [what, ...refusals(spec)]).join("\n");
  if (process.env["GOLDEN"] === "write") writeFileSync(file, `${written}\n`);
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(`${written}\n`);
});
