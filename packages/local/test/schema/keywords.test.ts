import { describe, expect, test } from "vitest";
import { compileSchema, formatFieldError, formatFieldErrors, statusCauses } from "../../src/schema/index.ts";

/** Errors of `spec.x` against a schema for it, as the API server words them. */
function errorsOf(x: unknown, schema: Record<string, unknown>, old?: unknown): string[] {
  const whole = (value: unknown): unknown => ({ spec: { x: value } });
  const compiled = compileSchema({
    type: "object",
    properties: { spec: { type: "object", properties: { x: schema } } },
  });
  return compiled.validate(whole(x), old === undefined ? undefined : whole(old)).map(formatFieldError);
}

const string = { type: "string" };
const at = "spec.x in body";

type Case = [name: string, schema: Record<string, unknown>, good: unknown, bad: unknown, errors: string[]];

const cases: Case[] = [
  ["type", string, "a", 1, [`spec.x: Invalid value: "integer": ${at} must be of type string: "integer"`]],
  [
    "type integer",
    { type: "integer" },
    1,
    1.5,
    [
      `spec.x: Invalid value: "number": ${at} must be of type integer: "number"`,
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.x',
    ],
  ],
  [
    "type number",
    { type: "number" },
    1,
    "1",
    [`spec.x: Invalid value: "string": ${at} must be of type number: "string"`],
  ],
  [
    "type boolean",
    { type: "boolean" },
    true,
    {},
    [`spec.x: Invalid value: "object": ${at} must be of type boolean: "object"`],
  ],
  [
    "type object",
    { type: "object" },
    {},
    [],
    [`spec.x: Invalid value: "array": ${at} must be of type object: "array"`],
  ],
  [
    "nullable",
    { ...string, nullable: false },
    "",
    null,
    [`spec.x: Invalid value: "null": ${at} must be of type string: "null"`],
  ],
  [
    "x-kubernetes-int-or-string",
    { "x-kubernetes-int-or-string": true },
    "80%",
    true,
    [`spec.x: Invalid value: "boolean": ${at} must be of type integer,string: "boolean"`],
  ],
  ["enum", { ...string, enum: ["a", "b"] }, "a", "c", ['spec.x: Unsupported value: "c": supported values: "a", "b"']],
  [
    "enum of numbers",
    { type: "integer", enum: [301, 302] },
    301,
    1,
    ['spec.x: Unsupported value: 1: supported values: "301", "302"'],
  ],
  ["maxLength", { ...string, maxLength: 2 }, "éé", "abc", ["spec.x: Too long: may not be more than 2 bytes"]],
  [
    "minLength",
    { ...string, minLength: 1 },
    "a",
    "",
    [`spec.x: Invalid value: "": ${at} should be at least 1 chars long`],
  ],
  ["pattern", { ...string, pattern: "^a+$" }, "aa", "b", [`spec.x: Invalid value: "b": ${at} should match '^a+$'`]],
  [
    "pattern of RE2",
    { ...string, pattern: "^(?i)a\\z" },
    "A",
    "ab",
    [`spec.x: Invalid value: "ab": ${at} should match '^(?i)a\\z'`],
  ],
  [
    "minimum",
    { type: "integer", minimum: 1 },
    1,
    0,
    [`spec.x: Invalid value: 0: ${at} should be greater than or equal to 1`],
  ],
  [
    "exclusiveMinimum",
    { type: "number", minimum: 1, exclusiveMinimum: true },
    1.1,
    1,
    [`spec.x: Invalid value: 1: ${at} should be greater than 1`],
  ],
  [
    "maximum",
    { type: "integer", maximum: 1 },
    1,
    2,
    [`spec.x: Invalid value: 2: ${at} should be less than or equal to 1`],
  ],
  [
    "exclusiveMaximum",
    { type: "number", maximum: 1, exclusiveMaximum: true },
    0.9,
    1,
    [`spec.x: Invalid value: 1: ${at} should be less than 1`],
  ],
  [
    "multipleOf",
    { type: "integer", multipleOf: 3 },
    6,
    7,
    [`spec.x: Invalid value: 7: ${at} should be a multiple of 3`],
  ],
  [
    "minItems",
    { type: "array", items: string, minItems: 1 },
    ["a"],
    [],
    [`spec.x: Invalid value: 0: ${at} should have at least 1 items`],
  ],
  [
    "maxItems",
    { type: "array", items: string, maxItems: 1 },
    ["a"],
    ["a", "b"],
    ["spec.x: Too many: 2: must have at most 1 item"],
  ],
  [
    "items",
    { type: "array", items: string },
    ["a"],
    ["a", 1],
    ['spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer"'],
  ],
  [
    "minProperties",
    { type: "object", additionalProperties: string, minProperties: 1 },
    { a: "" },
    {},
    [`spec.x: Invalid value: 0: ${at} should have at least 1 properties`],
  ],
  [
    "maxProperties",
    { type: "object", additionalProperties: string, maxProperties: 0 },
    {},
    { a: "" },
    ["spec.x: Too many: 1: must have at most 0 items"],
  ],
  [
    "additionalProperties",
    { type: "object", additionalProperties: string },
    { a: "" },
    { "b.c": 1 },
    ['spec.x.b.c: Invalid value: "integer": spec.x.b.c in body must be of type string: "integer"'],
  ],
  [
    "required",
    { type: "object", properties: { a: string }, required: ["a"] },
    { a: "" },
    {},
    ["spec.x.a: Required value"],
  ],
  [
    "oneOf, none",
    { ...string, oneOf: [{ enum: ["a"] }, { enum: ["b"] }] },
    "a",
    "c",
    [
      '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found none valid',
      'spec.x: Unsupported value: "c": supported values: "a"',
    ],
  ],
  [
    "oneOf, several",
    { ...string, oneOf: [{ maxLength: 2 }, { pattern: "a" }] },
    "b",
    "a",
    ['<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  [
    "anyOf",
    { ...string, anyOf: [{ format: "ipv4" }, { format: "ipv6" }] },
    "::1",
    "x",
    [
      '<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)',
      `spec.x: Invalid value: "x": ${at} must be of type ipv4: "x"`,
    ],
  ],
  [
    "allOf",
    { ...string, allOf: [{ maxLength: 1 }, { minLength: 1 }] },
    "a",
    "ab",
    [
      "spec.x: Too long: may not be more than 1 byte",
      '<nil>: Invalid value: "": "spec.x" must validate all the schemas (allOf)',
    ],
  ],
  [
    "not",
    { ...string, not: { enum: ["a"] } },
    "b",
    "a",
    ['<nil>: Invalid value: "": "spec.x" must not validate the schema (not)'],
  ],
  [
    "x-kubernetes-list-type set",
    { type: "array", items: string, "x-kubernetes-list-type": "set" },
    ["a", "b"],
    ["a", "b", "a", "a"],
    ['spec.x[2]: Duplicate value: "a"'],
  ],
  [
    "x-kubernetes-list-type map",
    {
      type: "array",
      items: { type: "object", required: ["k"], properties: { k: string, v: { type: "integer" } } },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
    },
    [{ k: "a" }, { k: "b" }],
    [
      { k: "a", v: 1 },
      { k: "a", v: 2 },
    ],
    ['spec.x[1]: Duplicate value: {"k":"a"}'],
  ],
  [
    "format int32",
    { type: "integer", format: "int32" },
    2147483647,
    2147483648,
    ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x'],
  ],
];

test.each(cases.map(([name, ...rest]) => [name, rest] as const))("%s", (_, [schema, good, bad, errors]) => {
  expect(errorsOf(good, schema)).toEqual([]);
  expect(errorsOf(bad, schema)).toEqual(errors);
});

describe("string formats", () => {
  test.each<[format: string, good: string[], bad: string[]]>([
    [
      "date-time",
      ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123+01:00"],
      ["2026-13-02T03:04:05Z", "2026-01-02", "x"],
    ],
    ["date", ["2024-02-29"], ["2023-02-29", "2024-2-9"]],
    ["duration", ["1h30m", "300ms", "-1.5s", "22 ns", "1 day"], ["1x", ""]],
    ["ipv4", ["10.0.0.1"], ["10.0.0.256", "::1"]],
    ["ipv6", ["::1"], ["10.0.0.1", "g::"]],
    ["cidr", ["10.0.0.0/8", "::/0"], ["10.0.0.0", "10.0.0.0/33"]],
    ["hostname", ["a.example", "A"], ["-a", "a..b", "x".repeat(64)]],
    ["uri", ["http://a/b?c", "/path", "urn:x"], ["a b", "x"]],
    ["email", ["a@b.c"], ["a", "@b"]],
    ["byte", ["aGk="], ["a*", ""]],
    ["uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"]],
    ["password", ["anything"], []],
    ["unheard-of", ["anything"], []],
  ])("%s", (format, good, bad) => {
    const schema = { type: "string", format };
    for (const text of good) expect(errorsOf(text, schema), text).toEqual([]);
    for (const text of bad) {
      const shown = JSON.stringify(text);
      expect(errorsOf(text, schema)).toEqual([
        `spec.x: Invalid value: ${shown}: ${at} must be of type ${format}: ${shown}`,
      ]);
    }
  });
});

test("a null is allowed where the schema says nullable", () => {
  expect(errorsOf(null, { type: "string", nullable: true })).toEqual([]);
});

test("an update may keep a part that a newer schema would refuse", () => {
  const schema = { type: "object", properties: { a: { type: "string", maxLength: 1 }, b: { type: "integer" } } };
  expect(errorsOf({ a: "long", b: 2 }, schema, { a: "long", b: 1 })).toEqual([]);
  expect(errorsOf({ a: "longer", b: 1 }, schema, { a: "long", b: 1 })).toEqual([
    "spec.x.a: Too long: may not be more than 1 byte",
  ]);
});

test("names that Object's prototype has are ordinary names", () => {
  const schema = { type: "object", properties: { constructor: { type: "string" } }, required: ["toString"] };
  const object: unknown = JSON.parse('{"constructor": 1, "__proto__": {"a": 1}}');
  expect(errorsOf(object, schema)).toEqual([
    'spec.x.constructor: Invalid value: "integer": spec.x.constructor in body must be of type string: "integer"',
    "spec.x.toString: Required value",
  ]);
});

test("an embedded object says what it is", () => {
  const schema = {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true,
  };
  expect(errorsOf({ apiVersion: "v1", kind: "Pod" }, schema)).toEqual([]);
  expect(errorsOf({ kind: "" }, schema)).toEqual([
    "spec.x.apiVersion: Required value: must not be empty",
    "spec.x.kind: Required value: must not be empty",
  ]);
});

describe("messages", () => {
  const one = { path: "spec.x", type: "Required", detail: "" } as const;
  const two = { path: "spec.y", type: "Forbidden", value: 1, detail: "no" } as const;

  test("one error stands alone, several stand in brackets, and none stands twice", () => {
    expect(formatFieldErrors("Widget.example.io", "a", [one])).toBe(
      'Widget.example.io "a" is invalid: spec.x: Required value',
    );
    expect(formatFieldErrors("Widget.example.io", "a", [one, two, one])).toBe(
      'Widget.example.io "a" is invalid: [spec.x: Required value, spec.y: Forbidden: no]',
    );
  });

  test("causes name the field and the reason", () => {
    expect(statusCauses([one, { path: "", type: "TooMany", value: 2, detail: "must have at most 1 item" }])).toEqual([
      { reason: "FieldValueRequired", message: "Required value", field: "spec.x" },
      { reason: "FieldValueTooMany", message: "Too many: 2: must have at most 1 item", field: "<nil>" },
    ]);
  });
});
