import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { endpointPolicyCrd } from "@headgate/api";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { withFields } from "../../../tools/docs/endpoint-policy-fields.ts";
import { root } from "../../../tools/root.ts";

const crd = `${root}charts/headgate/crds/endpointpolicies.yaml`;
const page = `${root}docs/reference/endpoint-policy.md`;
const rewriting = process.env["GOLDEN"] === "write";

function held(file: string, written: string): void {
  if (rewriting) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, written);
  }
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(written);
}

test("the chart ships the CRD as packages/api has it", () => {
  const head =
    "# Written by `npm run golden` from packages/api. Helm installs it once; it stays when the release goes.\n";
  held(crd, `${head}${stringify(endpointPolicyCrd, { aliasDuplicateObjects: false, lineWidth: 0 })}`);
});

test("the reference has every field of the CRD, with its default", () => {
  held(page, withFields(readFileSync(page, "utf8")));
});
