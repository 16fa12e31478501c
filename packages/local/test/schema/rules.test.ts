import { describe, expect, test } from "vitest";
import { compileSchema, formatFieldError, InvalidSchemaError } from "../../src/schema/index.ts";

const string = { type: "string" };
const integer = { type: "integer" };

const properties = {
  name: string,
  replicas: integer,
  ratio: { type: "number" },
  on: { type: "boolean" },
  when: { type: "string", format: "date-time" },
  wait: { type: "string", format: "duration" },
  raw: { type: "string", format: "byte" },
  port: { "x-kubernetes-int-or-string": true },
  names: { type: "array", items: string },
  tags: { type: "array", items: string, "x-kubernetes-list-type": "set" },
  counts: { type: "array", items: integer },
  labels: { type: "object", additionalProperties: string },
  nested: { type: "object", properties: { deep: string, list: { type: "array", items: string } } },
  "a-b.c/d": string,
  namespace: string,
  __x: string,
  "1st": string,
  maybe: { type: "string", nullable: true },
};

interface Rule {
  rule: string;
  [key: string]: unknown;
}

/** A schema with one rule on `spec`. */
function withRule(rule: string | Rule, more: Record<string, unknown> = {}): ReturnType<typeof compileSchema> {
  const entry = typeof rule === "string" ? { rule } : rule;
  const spec = { type: "object", properties: { ...properties, ...more }, "x-kubernetes-validations": [entry] };
  return compileSchema({ type: "object", properties: { spec } }, "s");
}

function run(rule: string | Rule, spec: unknown, old?: unknown): string[] {
  const object = (value: unknown): unknown => ({ apiVersion: "v1", kind: "X", metadata: { name: "n" }, spec: value });
  return withRule(rule)
    .validate(object(spec), old === undefined ? undefined : object(old))
    .map(formatFieldError);
}

function refusal(rule: string | Rule, more?: Record<string, unknown>): string[] {
  try {
    withRule(rule, more);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSchemaError)) throw error;
    return error.errors.map(
      ({ path, detail }) => `${path.replace("s.properties[spec].x-kubernetes-validations[0].", "")}: ${detail}`,
    );
  }
}

const full = {
  name: "Widget-1",
  replicas: 3,
  ratio: 2,
  on: true,
  when: "2026-01-02T03:04:05Z",
  wait: "1m30s",
  raw: "aGk=",
  port: "http",
  names: ["a", "b"],
  tags: ["x", "y"],
  counts: [1, 2, 3],
  labels: { a: "1", b: "2" },
  nested: { deep: "d", list: ["p"] },
  "a-b.c/d": "e",
  namespace: "ns",
  __x: "u",
};

test.each([
  "self.replicas == 3 && self.replicas / 2 == 1",
  "self.ratio / 4.0 == 0.5",
  "self.on ? has(self.name) : !has(self.name)",
  "has(self.nested.deep) && !has(self.maybe)",
  "has(self.labels.a) && !has(self.labels.z)",
  "'a' in self.labels && !('z' in self.labels)",
  "self.labels.all(k, self.labels[k].size() == 1)",
  "self.names.all(n, n.matches('^[a-z]$')) && self.names.exists(n, n == 'a') && self.names.exists_one(n, n == 'b')",
  "self.names.map(n, n + '!') == ['a!', 'b!']",
  "self.names.map(n, n != 'a', n) == ['b']",
  "self.counts.filter(n, n > 1).size() == 2",
  "self.name.startsWith('Wid') && self.name.endsWith('1') && self.name.contains('-')",
  "self.name.lowerAscii() == 'widget-1' && self.name.upperAscii() == 'WIDGET-1'",
  "self.name.split('-')[1] == '1' && ['x', 'y'].join('+') == 'x+y'",
  "self.name.replace('-', '_') == 'Widget_1' && self.name.substring(0, 3) == 'Wid' && self.name.charAt(0) == 'W'",
  "self.name.trim() == self.name && self.name.indexOf('-') == 6 && self.name.lastIndexOf('i') == 1",
  "self.name.matches('(?i)^widget-\\\\d$')",
  "self.when > timestamp('2026-01-01T00:00:00Z') && self.when.getFullYear() == 2026",
  "self.wait == duration('90s') && self.wait > duration('1m')",
  "self.raw == b'hi'",
  "self.port == 'http' && type(self.port) == string",
  "int('3') == self.replicas && double('2') == self.ratio && string(self.replicas) == '3'",
  "self.a__dash__b__dot__c__slash__d == 'e' && self.__namespace__ == 'ns' && self.__underscores__x == 'u'",
  "dyn(self.replicas) == 3.0",
  "size(self.nested.list) == 1 && self.nested.list[0] == 'p'",
  "[1, 2] + [3] == self.counts",
  "{'a': 1}['a'] == 1",
  "self.names != self.tags",
  "null == null",
  "isQuantity('500m') && isQuantity('-1.5Gi') && isQuantity('1e3') && !isQuantity('much') && !isQuantity('') && !isQuantity('1gi')",
  "quantity('500m').isLessThan(quantity('1')) && !quantity('1').isLessThan(quantity('1000m'))",
  "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('-1').isLessThan(quantity('0'))",
  "quantity('1Ki').compareTo(quantity('1024')) == 0 && quantity('2').compareTo(quantity('1')) == 1 && quantity('1').compareTo(quantity('2')) == -1",
])("%s holds", (rule) => {
  expect(run(rule, full)).toEqual([]);
});

describe("a rule that does not hold", () => {
  test("is reported at its object, with its message", () => {
    expect(run({ rule: "self.replicas < 3", message: " too many " }, full)).toEqual(["spec: Invalid value: too many"]);
  });

  test("without a message shows itself", () => {
    expect(run("self.replicas < 3", full)).toEqual(["spec: Invalid value: failed rule: self.replicas < 3"]);
  });

  test("can word its message by an expression, and falls back to the fixed one", () => {
    const messageExpression = "'at most 2, not ' + string(self.replicas)";
    expect(run({ rule: "self.replicas < 3", messageExpression }, full)).toEqual([
      "spec: Invalid value: at most 2, not 3",
    ]);
    const broken = { rule: "self.replicas < 3", message: "fixed", messageExpression: "self.names[9]" };
    expect(run(broken, full)).toEqual(["spec: Invalid value: fixed"]);
  });

  test.each([
    ["FieldValueRequired", "spec.nested.deep: Required value: m"],
    ["FieldValueForbidden", "spec.nested.deep: Forbidden: m"],
    ["FieldValueDuplicate", "spec.nested.deep: Duplicate value"],
    ["FieldValueInvalid", "spec.nested.deep: Invalid value: m"],
  ])("can name a reason, %s, and a field", (reason, error) => {
    expect(run({ rule: "false", message: "m", reason, fieldPath: ".nested.deep" }, full)).toEqual([error]);
  });

  test("on a scalar shows the value", () => {
    const schema = { type: "string", "x-kubernetes-validations": [{ rule: "self != 'bad'", message: "not bad" }] };
    const compiled = compileSchema({ type: "object", properties: { x: schema } });
    expect(compiled.validate({ x: "bad" }).map(formatFieldError)).toEqual(['x: Invalid value: "bad": not bad']);
  });

  test("in items and values is reported there", () => {
    const x = { ...string, "x-kubernetes-validations": [{ rule: "self == ''", message: "m" }] };
    const spec = {
      type: "object",
      properties: { list: { type: "array", items: x }, map: { type: "object", additionalProperties: x } },
    };
    const compiled = compileSchema({ type: "object", properties: { spec } });
    expect(compiled.validate({ spec: { list: ["", "a"], map: { k: "b" } } }).map(formatFieldError)).toEqual([
      'spec.list[1]: Invalid value: "a": m',
      'spec.map[k]: Invalid value: "b": m',
    ]);
  });

  test("at the root sees kind and name", () => {
    const rule = { rule: "self.kind == 'X' && self.metadata.name.size() < 3", message: "short names only" };
    const compiled = compileSchema({ type: "object", properties: {}, "x-kubernetes-validations": [rule] });
    expect(compiled.validate({ kind: "X", metadata: { name: "ab" } })).toEqual([]);
    expect(compiled.validate({ kind: "X", metadata: { name: "abc" } }).map(formatFieldError)).toEqual([
      "<nil>: Invalid value: short names only",
    ]);
  });
});

describe("a rule that fails while it is evaluated", () => {
  test.each([
    ["self.labels.z == 'x'", "spec: Invalid value: \"object\": no such key: z evaluating rule: self.labels.z == 'x'"],
    [
      "self.names[7] == 'x'",
      "spec: Invalid value: \"object\": index out of bounds: 7 evaluating rule: self.names[7] == 'x'",
    ],
    [
      "1 / (self.replicas - 3) == 0",
      'spec: Invalid value: "object": division by zero evaluating rule: 1 / (self.replicas - 3) == 0',
    ],
  ])("%s refuses the object", (rule, error) => {
    expect(run(rule, full)).toEqual([error]);
  });

  test("refuses the object when types met at run time do not fit", () => {
    expect(run("self.port > 3", full)).toEqual([
      `spec: Invalid value: "object": no such overload evaluating rule: self.port > 3`,
    ]);
  });

  test("is an ordinary false or true when the other side of || or && decides", () => {
    expect(run("self.labels.z == 'x' || true", full)).toEqual([]);
  });
});

describe("transition rules", () => {
  test("run on updates only", () => {
    const rule = { rule: "self.replicas >= oldSelf.replicas", message: "never less" };
    expect(run(rule, { replicas: 1 })).toEqual([]);
    expect(run(rule, { replicas: 2 }, { replicas: 1 })).toEqual([]);
    expect(run(rule, { replicas: 1 }, { replicas: 2 })).toEqual(["spec: Invalid value: never less"]);
  });

  test("find the stored item of a list of type map by its key", () => {
    const items = {
      type: "object",
      required: ["k"],
      properties: {
        k: string,
        v: { ...integer, "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed" }] },
      },
    };
    const list = { type: "array", items, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] };
    const compiled = compileSchema({ type: "object", properties: { list } });
    const old = {
      list: [
        { k: "a", v: 1 },
        { k: "b", v: 2 },
      ],
    };
    expect(
      compiled.validate(
        {
          list: [
            { k: "b", v: 2 },
            { k: "c", v: 9 },
          ],
        },
        old,
      ),
    ).toEqual([]);
    expect(compiled.validate({ list: [{ k: "b", v: 3 }] }, old).map(formatFieldError)).toEqual([
      "list[0].v: Invalid value: 3: fixed",
    ]);
  });

  test("hold sets equal whatever their order", () => {
    const rule = "self == oldSelf";
    expect(run(rule, { ...full, tags: ["y", "x"] }, full)).toEqual([]);
    expect(run(rule, { ...full, names: ["b", "a"] }, full)).toEqual([
      "spec: Invalid value: failed rule: self == oldSelf",
    ]);
  });
});

test("other rules are not held against what an update leaves alone", () => {
  const rule = { rule: "self.replicas < 3", message: "m" };
  expect(run(rule, { replicas: 3 }, { replicas: 3 })).toEqual([]);
  expect(run(rule, { replicas: 4 }, { replicas: 3 })).toEqual(["spec: Invalid value: m"]);
});

test("nor against an item of a list that an update leaves alone", () => {
  const item = { ...string, "x-kubernetes-validations": [{ rule: "self == ''", message: "m" }] };
  const compiled = compileSchema({
    type: "object",
    properties: { list: { type: "array", items: item }, other: string },
  });
  expect(compiled.validate({ list: ["a"], other: "new" }, { list: ["a"], other: "old" })).toEqual([]);
  expect(compiled.validate({ list: ["a", ""] }, { list: ["a"] }).map(formatFieldError)).toEqual([
    'list[0]: Invalid value: "a": m',
  ]);
});

test("rules are not tried on an object that does not have their types", () => {
  expect(run("self.replicas < 3", { replicas: "x" })).toEqual([
    'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
  ]);
});

describe("a rule is refused when the CRD is created", () => {
  test.each<[rule: string, error: string]>([
    ["self.replicas", "rule: rule must evaluate to a bool"],
    ["self.nope == 1", "rule: compilation failed: ERROR: <input>:1:5: undefined field 'nope'"],
    ["has(self.nope)", "rule: compilation failed: ERROR: <input>:1:1: undefined field 'nope'"],
    ["nope == 1", "rule: compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')"],
    ["self.name.nope", "rule: compilation failed: ERROR: <input>:1:10: type 'string' does not support field selection"],
    ["self.__1st == ''", "rule: compilation failed: ERROR: <input>:1:5: undefined field '__1st'"],
    [
      "self.replicas == 'x'",
      "rule: compilation failed: ERROR: <input>:1:15: found no matching overload for '_==_' applied to '(integer, string)'",
    ],
    [
      "self.names.all(n, n == 1)",
      "rule: compilation failed: ERROR: <input>:1:20: found no matching overload for '_==_' applied to '(string, integer)'",
    ],
  ])("%s", (rule, error) => {
    expect(refusal(rule)).toEqual([error]);
  });

  test.each([
    ["self.name.find('a') == ''", "'find'"],
    ["semver('1.2.3').major() == 1", "'major'"],
    ["isURL('https://a')", "'isURL'"],
    ["isIP('::1')", "'isIP'"],
    ["self.counts.sum() == 6", "'sum'"],
    ["sets.contains([1, 2], [1])", "'sets'"],
    ["ip('::1').family() == 6", "'family'"],
    ["self.names.sort() == []", "'sort'"],
    ["self.?name.hasValue()", "optional field selection (?.)"],
    ["self.names.all(i, n, n == '')", "'all'"],
  ])("%s, which this server does not support", (rule, name) => {
    expect(refusal(rule).join()).toMatch(/compilation failed/);
    if (!rule.includes("?")) expect(refusal(rule).join()).toContain(`undeclared reference to ${name}`);
  });

  test("for its syntax, or for being empty", () => {
    expect(refusal("self.a &&").join()).toMatch(/^rule: compilation failed: /);
    expect(refusal(" ").join()).toMatch(/rule: .* in body should match/);
  });

  test("for what stands beside it", () => {
    expect(refusal({ rule: "true", reason: "Other" }).join()).toMatch(/reason: supported values: /);
    expect(refusal({ rule: "true", fieldPath: ".nope" })).toEqual([
      "fieldPath: fieldPath must be a valid path: does not refer to a valid field",
    ]);
    expect(refusal({ rule: "true", messageExpression: "1" })).toEqual([
      "messageExpression: messageExpression must evaluate to a string",
    ]);
    expect(refusal({ rule: "true", message: "a\nb" })).toEqual(["message: message must not contain line breaks"]);
  });

  test("for an optional oldSelf", () => {
    expect(refusal({ rule: "true", optionalOldSelf: true })).toEqual([
      "optionalOldSelf: this stand-in API server does not support it",
    ]);
  });

  test("for oldSelf where no stored value can be found", () => {
    const list = { type: "array", items: { ...string, "x-kubernetes-validations": [{ rule: "self == oldSelf" }] } };
    expect(() => withRule("true", { list })).toThrow(
      "oldSelf cannot be used on the uncorrelatable portion of the schema",
    );
  });
});

test("a long list does not overflow the stack", () => {
  const counts = Array.from({ length: 2000 }, (_, i) => i);
  expect(run("self.counts.filter(n, n >= 0).map(n, n + 1).size() == 2000", { counts })).toEqual([]);
});
