import { expect, test } from "vitest";
import { compileSchema, formatFieldError, InvalidSchemaError } from "../../src/schema/index.ts";

function refusal(schema: unknown): string[] {
  try {
    compileSchema(schema, "s");
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSchemaError)) throw error;
    return error.errors.map(formatFieldError);
  }
}

const x = (schema: unknown): unknown => ({ type: "object", properties: { x: schema } });
const string = { type: "string" };

test.each<[name: string, schema: unknown, errors: string[]]>([
  ["no schema", undefined, ["s: Required value: schemas are required"]],
  ["a schema that is a string", "x", ['s: Invalid value: "string": s in body must be of type object: "string"']],
  [
    "a keyword of a wrong type",
    { type: "object", properties: { x: { maxLength: "1" } } },
    [
      's.properties.x.maxLength: Invalid value: "string": s.properties.x.maxLength in body must be of type integer: "string"',
    ],
  ],
  [
    "properties that are a list",
    { type: "object", properties: [] },
    ['s.properties: Invalid value: "array": s.properties in body must be of type object: "array"'],
  ],
  ["no type at the root", { properties: {} }, ["s.type: Required value: must not be empty at the root"]],
  ["a root that is no object", { type: "string" }, ['s.type: Invalid value: "string": must be object at the root']],
  [
    "an unknown type",
    x({ type: "text" }),
    [
      's.properties.x.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
  ],
  [
    "a field without a type",
    x({}),
    ["s.properties[x].type: Required value: must not be empty for specified object fields"],
  ],
  [
    "items without a type",
    x({ type: "array", items: {} }),
    ["s.properties[x].items.type: Required value: must not be empty for specified array items"],
  ],
  ["an array without items", x({ type: "array" }), ["s.properties[x].items: Required value: must be specified"]],
  ["$ref", x({ ...string, $ref: "#/x" }), ["s.properties[x].$ref: Forbidden: $ref is not supported"]],
  [
    "uniqueItems",
    x({ type: "array", items: string, uniqueItems: true }),
    ['s.properties.x.uniqueItems: Unsupported value: true: supported values: "false"'],
  ],
  [
    "additionalProperties beside properties",
    x({ type: "object", properties: { a: string }, additionalProperties: string }),
    ["s.properties[x].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
  ],
  [
    "a type below a junctor",
    x({ ...string, anyOf: [{ type: "string" }] }),
    ["s.properties[x].anyOf[0].type: Forbidden: must be empty to be structural"],
  ],
  [
    "a field that only a junctor knows",
    x({ type: "object", oneOf: [{ properties: { a: { enum: ["b"] } } }] }),
    [
      "s.properties[x].oneOf[0].properties[a]: Required value: because it is not defined outside of the value validation",
    ],
  ],
  [
    "a list of type map without keys",
    x({ type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" }),
    ["s.properties[x].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"],
  ],
  [
    "a key that may be absent",
    x({
      type: "array",
      items: { type: "object", properties: { k: string } },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
    }),
    [
      "s.properties[x].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    ],
  ],
  [
    "a set of objects",
    x({ type: "array", items: { type: "object" }, "x-kubernetes-list-type": "set" }),
    ['s.properties[x].items: Invalid value: "object": items of a list of type set must be scalars or atomic'],
  ],
  [
    "metadata of one's own",
    { type: "object", properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } },
    [
      "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
    ],
  ],
  [
    "a default that is not valid",
    x({ ...string, maxLength: 1, default: "long" }),
    ["s.properties[x].default: Too long: may not be more than 1 byte"],
  ],
  [
    "a default with unknown fields",
    x({ type: "object", properties: { a: string }, default: { b: 1 } }),
    ['s.properties[x].default: Invalid value: {"b":1}: must not have unknown fields: b'],
  ],
  ...["mac", "uuid4", "k8s-short-name"].map((format): [string, unknown, string[]] => [
    `the format ${format}, which is not checked here,`,
    x({ ...string, format }),
    [`s.properties[x].format: Invalid value: "${format}": this stand-in API server does not check this format`],
  ]),
  [
    "a format that is not checked here",
    x({ ...string, format: "isbn" }),
    ['s.properties[x].format: Invalid value: "isbn": this stand-in API server does not check this format'],
  ],
  [
    "an embedded resource of another type",
    x({ ...string, "x-kubernetes-embedded-resource": true }),
    ['s.properties[x].type: Invalid value: "string": must be object if x-kubernetes-embedded-resource is true'],
  ],
])("%s is refused", (_, schema, errors) => {
  expect(refusal(schema)).toEqual(errors);
});

test("a pattern that is not RE2 is refused", () => {
  expect(refusal(x({ ...string, pattern: "(?=a)" }))).toEqual([
    expect.stringMatching(
      /^s\.properties\[x\]\.pattern: Invalid value: "\(\?=a\)": must be a valid regular expression, but isn't: /,
    ),
  ]);
});

test("a default is not tried against a pattern that is not RE2", () => {
  expect(refusal(x({ ...string, pattern: "(?=a)", default: "a" }))).toHaveLength(1);
});

test("the two ways to spell int-or-string are structural", () => {
  const anyOf = [{ type: "integer" }, { type: "string" }];
  expect(refusal(x({ "x-kubernetes-int-or-string": true, anyOf }))).toEqual([]);
  expect(refusal(x({ "x-kubernetes-int-or-string": true, allOf: [{ anyOf }, { pattern: "^a" }] }))).toEqual([]);
});
