import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { endpointPolicyCrd, operatorCrd } from "@headgate/api";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { withFields } from "../../../tools/docs/crd-fields.ts";
import { root } from "../../../tools/root.ts";

const crds = [
  { file: "endpointpolicies", page: "endpoint-policy", crd: endpointPolicyCrd },
  { file: "operators", page: "operator", crd: operatorCrd },
];
const rewriting = process.env["GOLDEN"] === "write";

function held(file: string, written: string): void {
  if (rewriting) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, written);
  }
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(written);
}

test.each(crds)("the chart ships $file as packages/api has it", ({ file, crd }) => {
  const head =
    "# Written by `npm run golden` from packages/api. Helm installs it once; it stays when the release goes.\n";
  const text = stringify(crd, { aliasDuplicateObjects: false, lineWidth: 0 });
  held(`${root}charts/headgate/crds/${file}.yaml`, `${head}${text}`);
});

test.each(crds)("the reference page $page has every field of the CRD, with its default", ({ page, crd }) => {
  const file = `${root}docs/reference/${page}.md`;
  held(file, withFields(readFileSync(file, "utf8"), crd));
});
