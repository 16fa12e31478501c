import type { Json } from "@headgate/api";
import { compileExpression, DataFault, extensions, shortHash } from "@headgate/pipeline";
import { describe, expect, test } from "vitest";

const around = { now: "2026-01-31T12:00:00Z", random: () => 0.999 };

function value(raw: Json, object: Json = {}, item?: Json): Json {
  const compiled = compileExpression(raw, { item: item !== undefined });
  if (compiled.problems !== undefined) throw new Error(JSON.stringify(compiled.problems));
  return compiled.evaluate(object, { ...around, ...(item === undefined ? {} : { item }) });
}

/** The fault of data that an expression ends in, as `code at: message`. */
function fault(raw: Json, object: Json = {}): string {
  try {
    return JSON.stringify(value(raw, object));
  } catch (cause) {
    if (cause instanceof DataFault) return `${cause.code} ${cause.at}: ${cause.message}`;
    throw cause;
  }
}

function problems(raw: Json): string[] {
  return (compileExpression(raw).problems ?? []).map(({ code, at, message }) => `${code} ${at}: ${message}`);
}

const samples: Readonly<Record<string, readonly (readonly [Json, Json])[]>> = {
  conversions: [
    [{ "@bool": true }, true],
    [{ "@int": "-7" }, -7],
    [{ "@float": "1e3" }, 1000],
    [{ "@string": 12 }, "12"],
    [{ "@list": [[1, 2]] }, [1, 2]],
    [{ "@dict": { a: 1 } }, { a: 1 }],
    [{ "@noop": "anything" }, null],
  ],
  choices: [
    [{ "@cond": [true, 1, 2] }, 1],
    [{ "@cond": [false, 1] }, null],
    [
      {
        "@switch": [
          [false, 1],
          [true, 2],
          [true, 3],
        ],
      },
      2,
    ],
    [{ "@switch": [[false, 1]] }, null],
    [{ "@definedOr": ["$.missing", 3] }, 3],
    [{ "@definedOr": [0, { "@div": [1, 0] }] }, 0],
    [{ "@and": [] }, true],
    [{ "@and": [false, { "@lt": ["x", 1] }] }, false],
    [{ "@or": [] }, false],
    [{ "@or": true }, true],
    [{ "@not": false }, true],
  ],
  comparisons: [
    [{ "@eq": ["$.missing", "$.missing"] }, false],
    [{ "@eq": [{ a: [1] }, { a: [1] }] }, true],
    [{ "@eq": ["1", 1] }, false],
    [{ "@lt": ["9", "10"] }, true],
    [{ "@lte": [2, 2] }, true],
    [{ "@gt": [2.5, 2] }, true],
    [{ "@gte": [1, 2] }, false],
    [{ "@in": ["a", ["a", "b"]] }, true],
    [{ "@isnil": "$.missing" }, true],
    [{ "@exists": "$.missing" }, false],
    [{ "@has": 0 }, true],
    [{ "@selector": [{ matchLabels: { a: 1 } }, { a: "1" }] }, true],
    [{ "@selector": [{ matchExpressions: [{ key: "a", operator: "NotIn", values: ["x"] }] }, {}] }, true],
    [{ "@selector": [{ matchExpressions: [{ key: "a", operator: "Exists" }] }, {}] }, false],
    [{ "@selector": [{ a: "1" }, { a: "1", b: "2" }] }, true],
    [{ "@selector": [{}, {}] }, true],
    [{ "@selector": ["$.missing", {}] }, false],
  ],
  arithmetic: [
    [{ "@add": ["1", 2] }, 3],
    [{ "@sub": [1, 2] }, -1],
    [{ "@mul": [2, 2.5] }, 5],
    [{ "@div": [1, 2] }, 0.5],
    [{ "@abs": "-3" }, 3],
    [{ "@ceil": 1.2 }, 2],
    [{ "@floor": -1.2 }, -2],
    [{ "@sum": [] }, 0],
    [{ "@sum": [1, "2"] }, 3],
    [{ "@min": [] }, null],
    [{ "@min": [3, "2"] }, 2],
    [{ "@max": [3, 4.5] }, 4.5],
    [{ "@range": [1, 4] }, [1, 2, 3]],
    [{ "@range": [3, 1] }, []],
    [{ "@rnd": [5, 8] }, 7],
  ],
  lists: [
    [{ "@len": [] }, 0],
    [{ "@len": ["$.missing"] }, 1],
    [{ "@concat": ["a", 1, "-", 2.5] }, "a1-2.5"],
    [{ "@map": [{ "@add": ["$$", 1] }, [1, 2]] }, [2, 3]],
    [{ "@filter": [{ "@gt": ["$$", 1] }, [1, 2]] }, [2]],
    [{ "@any": [{ "@eq": ["$$", 1] }, [1, 2]] }, true],
    [{ "@all": [{ "@eq": ["$$", 1] }, []] }, true],
    [{ "@map": [{ "@map": ["$$", "$$.of"] }, [{ of: [1] }, { of: [2] }]] }, [[1], [2]]],
    ["@now", "2026-01-31T12:00:00Z"],
  ],
  extensions: [
    [{ "@ne": [1, 2] }, true],
    [{ "@ne": [null, null] }, true],
    [{ "@mod": [7, 3] }, 1],
    [{ "@lower": "AbC" }, "abc"],
    [{ "@upper": "AbC" }, "ABC"],
    [{ "@trim": " a " }, "a"],
    [{ "@split": ["a,b", ","] }, ["a", "b"]],
    [{ "@replace": ["a.b.c", ".", { "@literal": "$&" }] }, "a$&b$&c"],
    [{ "@regex": ["abc", "^a.c$"] }, true],
    [{ "@contains": [["a", "b"], "b"] }, true],
    [{ "@contains": ["abc", "bc"] }, true],
    [{ "@first": [1, 2] }, 1],
    [{ "@last": [] }, null],
    [{ "@sort": ["b", 2, "a", 1] }, ["a", "b", 1, 2]],
    [{ "@unique": [1, { a: 1 }, 1, { a: 1 }] }, [1, { a: 1 }]],
    [{ "@flatten": [[1, [2]], 3] }, [1, [2], 3]],
    [{ "@keys": { b: 1, a: 2 } }, ["a", "b"]],
    [{ "@values": { b: 1, a: 2 } }, [2, 1]],
    [{ "@literal": { "@eq": "$.x" } }, { "@eq": "$.x" }],
  ],
};

describe.each(Object.entries(samples))("%s", (_group, cases) => {
  test.each(cases.map(([raw, wanted]) => [JSON.stringify(raw), raw, wanted] as const))("%s", (_text, raw, wanted) => {
    expect(value(raw)).toEqual(wanted);
  });
});

test("every extension is among the samples", () => {
  const text = JSON.stringify(samples["extensions"]);
  expect(extensions.filter((operator) => !text.includes(`"${operator}"`))).toEqual([]);
});

const object = {
  a: {
    "b-c": 1,
    d: [
      { n: 1, t: "x" },
      { n: 2, t: "yy", s: null },
    ],
  },
  r: 2,
  __proto__: null,
};

test.each<readonly [string, Json]>([
  ["$", object],
  ["$.", object],
  ['$.a["b-c"]', 1],
  ["$.a['b-c']", 1],
  ["$.a.d[0].n", 1],
  ["$.a.d[-1].n", 2],
  ["$.a.d[7].n", null],
  ["$.a.d[1:].n", 2],
  ["$.a.d[::-1].n", 2],
  ["$.a.d[*].t", "x"],
  ["$.a.d[1,0].n", 2],
  ["$['r','a']", 2],
  ["$..s", null],
  ["$..n", 1],
  ["$.a.d[?(@.n==2)].t", "yy"],
  ["$.a.d[?@.n > 1].t", "yy"],
  ["$.a.d[?(@.n == $.r)].t", "yy"],
  ["$.a.d[?(@.s)].t", "yy"],
  ["$.a.d[?(!@.s)].t", "x"],
  ["$.a.d[?(@.t =~ /^y+$/)].n", 2],
  ["$.a.d[?(@.t in ['yy','z'])].n", 2],
  ["$.a.d[?(length(@.t) == 2 && @.n != 1)].n", 2],
  ["$.a.d[?(@.n == 5 || search(@.t, 'y'))].n", 2],
  ["$.constructor", null],
  ["$.a.__proto__.polluted", null],
  [" $.r", " $.r"],
])("%s gives its first match", (path, wanted) => {
  expect(value(path, object)).toEqual(wanted);
});

test.each([
  "$x",
  "$.a-b",
  "$.x.",
  "$.a/b",
  "$.x.length()",
  "$['a'",
  "$.l[?(@.a ==)]",
  "$.l[?(@.a =~ /(/)]",
  "$.l[?(f(@))]",
  "$..",
  "$.'a'",
])("%s is no path, and is refused before there is an object", (path) => {
  expect(problems({ x: path })).toEqual([expect.stringMatching(/^jsonpath x: /)]);
});

test.each<readonly [Json, Json]>([
  [{ "$.a.b": 1, "$.a.c": 2 }, { a: { b: 1, c: 2 } }],
  [{ "$.y[2]": 1 }, { y: [null, null, 1] }],
  [{ x: { "$.a.b": 1 } }, { x: { a: { b: 1 } } }],
  [
    { "$.s.v": 5, "$.": "$." },
    { s: { v: 5, w: 2 }, l: [1, 2] },
  ],
  [
    { "$.": "$.", "$.l[0]": 9, "$.l[-1]": 8 },
    { s: { v: 1, w: 2 }, l: [9, 8] },
  ],
  [
    { "$.": "$.", "$.l[*]": 0 },
    { s: { v: 1, w: 2 }, l: [0, 0] },
  ],
  [{ "a.b": 1 }, { "a.b": 1 }],
  [{ '$["a/b"]': 1 }, { "a/b": 1 }],
])("%j sets and copies, and leaves the object as it was", (raw, wanted) => {
  const source = { s: { v: 1, w: 2 }, l: [1, 2] };
  expect(value(raw, source)).toEqual(wanted);
  expect(source).toEqual({ s: { v: 1, w: 2 }, l: [1, 2] });
});

test("a field called __proto__ is a field", () => {
  const made = value(JSON.parse('{"__proto__": {"polluted": true}, "$.a.__proto__": 1}') as Json) as object;
  expect(Object.keys(made)).toEqual(["__proto__", "a"]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test("what cannot be computed says which expression, and why", () => {
  expect(fault({ a: { "@lt": ["$.x", 1] } })).toBe("type a.@lt: @lt: a number expected, not nothing");
  expect(fault({ "@not": [1] })).toBe("type @not: @not: true or false expected, not a list");
  expect(fault({ "@int": 1.5 })).toBe("type @int: @int: 1.5 is not whole");
  expect(fault({ "@eq": "$.l" }, { l: [1] })).toBe("arity @eq: @eq: 2 arguments expected, not 1");
  expect(fault({ "@div": [1, 0] })).toBe("unencodable-number @div: @div: Infinity is no number of JSON");
  expect(fault({ "@rnd": [5, 5] })).toMatch(/^type @rnd/);
  expect(fault({ "$.a": 1, "$.a[0]": 2 })).toMatch(/^setter \["\$\.a\[0\]"\]/);
  for (const requirement of [{ operator: "Is" }, { operator: "In" }, { operator: "Exists", values: ["x"] }])
    expect(fault({ "@selector": [{ matchExpressions: [{ key: "a", ...requirement }] }, {}] })).toMatch(/^bad-selector/);
});

test("a wrong number of arguments is refused before there is an object", () => {
  expect(problems({ a: { "@add": [1] } })).toEqual(["arity a.@add: @add takes 2 arguments, not 1"]);
  expect(problems({ "@cond": [true] })).toEqual(["arity @cond: @cond takes 2 or 3 arguments, not 1"]);
  expect(problems({ "@eq": 5 })).toEqual(["arity @eq: @eq takes 2 arguments, as a list"]);
  expect(problems({ "@switch": [[true]] })).toHaveLength(1);
  expect(problems({ "@replace": ["a", "b"] })).toHaveLength(1);
});

test("what a user's expression makes is bounded", () => {
  expect(fault({ "@range": [0, 1_000_000_000] })).toMatch(/^too-large/);
  expect(fault({ "@concat": Array.from({ length: 1_100 }, () => "x".repeat(1_000)) })).toMatch(/^too-large/);
  expect(fault({ "$.l[1000000]": 1 })).toMatch(/^setter/);
  let deep: Json = 1;
  for (let depth = 0; depth < 150; depth++) deep = [deep];
  expect(problems(deep)).toHaveLength(1);
});

test("a regular expression takes time in proportion to the text, and one that is none is refused", () => {
  const evil = { "@regex": ["$.t", "^(a|a)*(a|a)*(a|a)*$"] };
  expect(value(evil, { t: `${"a".repeat(50_000)}!` })).toBe(false);
  expect(problems({ "@regex": ["a", "(?=a)"] })).toEqual([
    expect.stringMatching(/^compile @regex\[1\]: no regular expression/),
  ]);
  expect(problems({ "@regex": ["a", "$.pattern"] })).toHaveLength(1);
});

test("@hash is the one that names have been made of all along", () => {
  expect(shortHash({ a: 1, b: { c: 2 }, x: [1, 2, 3, 4, 5] })).toBe("dorzm8");
  expect(shortHash({ x: [1, 2, 3, 4, 5], b: { c: 2 }, a: 2 })).toBe("9pxacx");
  expect(shortHash(27)).toBe("066s1a");
  expect(shortHash("é\u2028")).toBe("94b6rg");
  expect(shortHash(1e21)).toBe("3crd8u");
});
