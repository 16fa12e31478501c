import { parseOperator, readOperators } from "@headgate/pipeline";
import { expect, test } from "vitest";

import { fileOf } from "./objects.ts";

function shown(text: string): string[] {
  const { problems, faulty } = readOperators(text);
  return [...problems, ...faulty.flatMap((one) => one.problems)].map(({ code, at }) => `${code} ${at}`);
}

test("every fault of a file is told at once, each with its place in the YAML", () => {
  const text = `
apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata: { name: broken }
spec:
  controllers:
    - name: good
      sources: [{ apiGroup: "", kind: Service }]
      target: { kind: View }
    - name: bad
      sources: [{ apiGroup: "", kind: Service }, { kind: View }]
      pipeline:
        - "@join":
            "@and":
              - "@eq": [$.Service.x]
              - "@equals": [1, 2]
              - "@not": { "@lt": [$.View.a-b, 1] }
        - "@select": { "@cond": [true, { "@map": [$$.x] }] }
        - "@project": { "$.": $., "$.x..y": 1, name: $$.x }
        - "@unwind": { "@concat": [a] }
        - "@gather": [$.k]
        - "@gather": [$.k, { "@len": [] }]
        - "@snapshot": {}
        - { "@select": true, "@project": {} }
        - "@join": true
      target: { kind: Service, apiGroup: "", type: Replacer }
`;
  const { controllers } = readOperators(text);
  expect(controllers.map(({ id }) => id)).toEqual(["broken/good"]);
  expect(shown(text)).toEqual([
    "arity spec.controllers[1].pipeline[0].@join.@and[0].@eq",
    "unknown-op spec.controllers[1].pipeline[0].@join.@and[1].@equals",
    "jsonpath spec.controllers[1].pipeline[0].@join.@and[2].@not.@lt[0]",
    "arity spec.controllers[1].pipeline[1].@select.@cond[1].@map",
    'setter spec.controllers[1].pipeline[2].@project["$.x..y"]',
    "jsonpath spec.controllers[1].pipeline[2].@project.name",
    "compile spec.controllers[1].pipeline[3].@unwind",
    "arity spec.controllers[1].pipeline[4].@gather",
    "compile spec.controllers[1].pipeline[5].@gather[1]",
    "parse spec.controllers[1].pipeline[6].@snapshot",
    "parse spec.controllers[1].pipeline[7]",
    "compile spec.controllers[1].pipeline[8].@join",
    "compile spec.controllers[1].target.type",
  ]);
});

test("sources, targets and names are checked, and one bad controller does not stop the others", () => {
  const source = { apiGroup: "", kind: "Pod" };
  const target = { kind: "View" };
  const controllers = [
    { name: "", sources: [source], target },
    { name: "a", sources: [], target },
    { name: "b", sources: [{ kind: 5 }], target },
    { name: "c", sources: [{ ...source, type: "Sometimes" }], target },
    { name: "d", sources: [{ ...source, predicate: "LabelsChanged" }], target },
    {
      name: "e",
      sources: [{ ...source, labelSelector: { matchExpressions: [{ key: "a", operator: "Is" }] } }],
      target,
    },
    { name: "f", sources: [source, { kind: "Tick", type: "Periodic", parameters: { period: "often" } }], target },
    { name: "g", sources: [{ kind: "Tick", type: "Periodic" }], target },
    { name: "h", sources: [source, { kind: "Pod" }], pipeline: { "@join": true }, target },
    { name: "i", sources: [source, { kind: "View" }], pipeline: [], target },
    { name: "j", sources: [source] },
    { name: "k", sources: [source], target: { type: "Patcher" } },
    { name: "l", sources: [source], pipeline: {}, target },
    { name: "ok", sources: [source], target },
    { name: "ok", sources: [source], target },
  ];
  const parsed = parseOperator("op", { controllers });
  expect(parsed.controllers.map(({ id }) => id)).toEqual(["op/ok"]);
  expect(parsed.faulty.map(({ problems }) => problems.map(({ at }) => at.replace("spec.controllers", "")))).toEqual([
    ["[0].name"],
    ["[1].sources"],
    ["[2].sources[0].kind", "[2].sources[0].kind"],
    ["[3].sources[0].type"],
    ["[4].sources[0].predicate"],
    ["[5].sources[0].labelSelector"],
    ["[6].sources[1].parameters.period"],
    ["[7].sources"],
    ["[8].sources[1]"],
    ["[9].pipeline"],
    ["[10].target"],
    ["[11].target.kind"],
    ["[12].pipeline"],
    ["[14].name"],
  ]);
});

test("YAML that is none is a problem, and other objects of a file are passed over", () => {
  expect(shown("controllers: [")).toHaveLength(1);
  expect(shown("a: &a [x]\nb: *c")).toHaveLength(1);
  expect(shown("controllers: &a [*a]")).toHaveLength(1);
  const bomb = ["a: &a [1,1,1,1,1,1,1,1,1,1]"];
  for (const [index, name] of "b c d e f g h".split(" ").entries())
    bomb.push(`${name}: &${name} [${`*${"abcdefg".charAt(index)},`.repeat(9)}]`);
  expect(shown(bomb.join("\n"))).toHaveLength(1);
  expect(
    readOperators(`kind: Service\n---\n${fileOf("endpoints.yaml")}`, "ep").controllers.map(({ id }) => id),
  ).toEqual(["ep/service-controller", "ep/endpointslice-controller"]);
});
