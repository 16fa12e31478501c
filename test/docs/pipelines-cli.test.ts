import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";

import { checkPipelines } from "../../packages/cli/src/commands/pipeline/check.ts";
import { pipelineRbac } from "../../packages/cli/src/commands/pipeline/rbac.ts";
import { testPipelines } from "../../packages/cli/src/commands/pipeline/test.ts";
import { root } from "../../tools/root.ts";

const operators = globSync("examples/pipelines/*/operator.yaml", { cwd: root });
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** `group/resource verb`, each by itself. */
function grants(rules: readonly Rule[]): readonly string[] {
  return rules
    .flatMap(({ apiGroups: [group = ""], resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
    )
    .toSorted();
}

test.each(operators)("headgate pipeline check finds no fault in %s", async (file) => {
  const { out, code } = await checkPipelines({ filename: [root + file], operator: "operator", strict: false });
  expect({ out: out.slice(0, out.indexOf(":")), code }).toMatchObject({ code: 0 });
});

test.each(operators)("the role beside %s is what headgate pipeline rbac prints", async (file) => {
  const { rules } = parse(readFileSync(`${root}${dirname(file)}/role.yaml`, "utf8")) as { rules: Rule[] };
  const { out } = await pipelineRbac({
    filename: [root + file],
    operator: "operator",
    name: "n",
    serviceAccount: "n/n",
  });
  const [role] = parseAllDocuments(out).map((document) => document.toJS() as { readonly rules: readonly Rule[] });
  expect(grants(role?.rules ?? [])).toEqual(grants(rules));
});

test("the tests of the examples pass", async () => {
  expect(operators.length).toBeGreaterThan(1);
  expect((await testPipelines([`${root}examples/pipelines`], { update: false })).out).toMatch(
    /[1-9]\d* passed, 0 failed\n$/,
  );
});
