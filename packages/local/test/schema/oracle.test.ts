import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { compileSchema, formatFieldError, gatewayApiCrds } from "../../src/schema/index.ts";

/**
 * Random Gateway API objects, judged by us and by the API server's own library (see oracle/main.go). Runs where
 * SCHEMA_ORACLE names the built program; SCHEMA_ORACLE_SEED and SCHEMA_ORACLE_CASES replay and enlarge a run.
 */
const oracle = process.env["SCHEMA_ORACLE"];
const firstSeed = Number(process.env["SCHEMA_ORACLE_SEED"] ?? Date.now() % 1_000_000);
const cases = Number(process.env["SCHEMA_ORACLE_CASES"] ?? 500);

type Json = Record<string, unknown>;
type Place = { at: Json | unknown[]; key: string };

let state = firstSeed;
function chance(): number {
  state = (state * 1103515245 + 12345) % 2 ** 31;
  return state / 2 ** 31;
}
function pick<T>(from: readonly T[]): T {
  return from[Math.floor(chance() * from.length)]!;
}

const odd: unknown[] = [
  ...[null, true, 0, -1, 1, 1.5, 65536, 2 ** 31, [], {}, "", "a", "A!", "é", "x".repeat(300)],
  ...[
    "/",
    "a//b",
    "/a/../b",
    "%2f",
    "Exact",
    "PathPrefix",
    "10.0.0.1",
    "::1",
    "*.a.example",
    "a.b/c",
    "1s",
    "100ms",
    "0s",
  ],
  ...["RequestRedirect", "URLRewrite", "RequestMirror", "ExtensionRef", "ReplacePrefixMatch"],
  ...["Hostname", "IPAddress", "HTTPS", "TCP", "Terminate", "Passthrough"],
];

const parent = { name: "gw", namespace: "n", sectionName: "s", port: 80 };
const headers = [{ name: "h", value: "v" }];
const modifier = { type: "RequestHeaderModifier", requestHeaderModifier: { add: headers, remove: ["x", "y"] } };
const backend = { name: "app", port: 80, weight: 5, filters: [modifier] };
const fraction = { numerator: 1, denominator: 2 };
const mirror = { type: "RequestMirror", requestMirror: { backendRef: { name: "m", port: 1 }, fraction } };
const prefix = { type: "ReplacePrefixMatch", replacePrefixMatch: "/" };
const rewrite = { type: "URLRewrite", urlRewrite: { hostname: "a.b", path: prefix } };
const fullPath = { type: "ReplaceFullPath", replaceFullPath: "/" };
const redirect = {
  type: "RequestRedirect",
  requestRedirect: { scheme: "https", statusCode: 301, port: 1, path: fullPath },
};
const extension = { type: "ExtensionRef", extensionRef: { group: "g", kind: "K", name: "n" } };
const path = { type: "PathPrefix", value: "/a" };
const match = { path, headers, queryParams: [{ name: "q", value: "v", type: "Exact" }], method: "GET" };
const condition = { type: "A", status: "True", reason: "R", message: "m", lastTransitionTime: "2026-01-01T00:00:00Z" };
const conditions = [{ ...condition, observedGeneration: 1 }];
const routeStatus = { parents: [{ controllerName: "a.b/c", parentRef: parent, conditions }] };
const timeouts = { request: "2s", backendRequest: "1s" };
const selector = { from: "Selector", selector: { matchLabels: { a: "b" } } };
const tls = { certificateRefs: [{ name: "c" }], options: { a: "b" } };
const listeners = [
  { name: "a", port: 80, protocol: "HTTP", hostname: "x.y" },
  {
    name: "b",
    port: 443,
    protocol: "HTTPS",
    tls,
    allowedRoutes: { namespaces: selector, kinds: [{ kind: "HTTPRoute" }] },
  },
];

const valid: Record<string, Json> = {
  HTTPRoute: {
    spec: {
      parentRefs: [parent, { name: "o" }],
      hostnames: ["a.example"],
      rules: [
        { matches: [match], filters: [rewrite, mirror], backendRefs: [backend], timeouts },
        { filters: [redirect, extension] },
      ],
    },
    status: routeStatus,
  },
  GRPCRoute: {
    spec: {
      parentRefs: [parent],
      rules: [
        {
          matches: [{ method: { service: "a.B", method: "C", type: "Exact" }, headers }],
          filters: [mirror, extension],
          backendRefs: [backend],
        },
      ],
    },
    status: routeStatus,
  },
  Gateway: {
    spec: {
      gatewayClassName: "c",
      infrastructure: { labels: { "a/b": "c" }, annotations: { d: "e" } },
      addresses: [{ value: "10.0.0.1" }, { type: "Hostname", value: "h.example" }],
      listeners,
    },
    status: {
      conditions,
      listeners: [{ name: "a", attachedRoutes: 1, supportedKinds: [{ kind: "X" }], conditions }],
      addresses: [{ value: "::1" }],
    },
  },
  GatewayClass: {
    spec: {
      controllerName: "a.b/c",
      description: "d",
      parametersRef: { group: "g", kind: "K", name: "n", namespace: "x" },
    },
  },
  ReferenceGrant: {
    spec: { from: [{ group: "g", kind: "K", namespace: "n" }], to: [{ group: "", kind: "S", name: "x" }] },
  },
};

function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null) return found;
  for (const [key, item] of Object.entries(value)) {
    found.push({ at: value as Json, key });
    places(item, found);
  }
  return found;
}

function mutate(object: Json): void {
  const roots = places({ spec: object["spec"], status: object["status"] });
  const below = roots.filter((place) => place.key !== "spec" && place.key !== "status");
  if (below.length === 0) return;
  const { at, key } = pick(below);
  const how = chance();
  if (Array.isArray(at)) {
    if (how < 0.25) at.splice(Number(key), 1);
    else if (how < 0.45) at.push(structuredClone(at[Number(key)]));
    else if (how < 0.5) at.reverse();
    else at[Number(key)] = structuredClone(pick(odd));
  } else if (how < 0.25) Reflect.deleteProperty(at, key);
  else if (how < 0.35) at["extra"] = 1;
  else at[key] = structuredClone(pick(odd));
}

function make(kind: string, mutations: number): Json {
  const object: Json = structuredClone({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    metadata: { name: "x" },
    ...valid[kind],
  });
  for (let i = 0; i < mutations; i++) mutate(object);
  return object;
}

const kinds = gatewayApiCrds.map((crd) => {
  const schema = crd.spec.versions[0]!.schema.openAPIV3Schema;
  return { kind: crd.spec.names.kind, schema, compiled: compileSchema(schema) };
});

interface Case {
  input: { schema: unknown; object: Json; old: Json | null };
  ours: { object: Json; unknown: string[]; errors: string[] };
}

function makeCase(i: number): Case {
  const { kind, schema, compiled } = kinds[i % kinds.length]!;
  const admit = (object: Json): Json => compiled.applyDefaults(compiled.prune(object));
  const object = make(kind, 1 + Math.floor(chance() * 3));
  // What is stored has been valid once.
  const candidate = chance() < 0.3 ? make(kind, chance() < 0.5 ? 1 : 0) : undefined;
  const old = candidate && compiled.validate(admit(candidate)).length === 0 ? candidate : undefined;
  if (old && chance() < 0.3) object["spec"] = structuredClone(old["spec"]);
  const errors = compiled.validate(admit(object), old && admit(old)).map(formatFieldError);
  return {
    input: { schema, object, old: old ?? null },
    ours: { object: admit(object), unknown: compiled.unknownFields(object), errors: errors.sort() },
  };
}

test("random objects are judged as the API server's own library judges them", ({ skip }) => {
  if (oracle === undefined) {
    skip("SCHEMA_ORACLE does not name the program built from oracle/main.go");
    return;
  }
  console.info(`SCHEMA_ORACLE_SEED=${firstSeed} SCHEMA_ORACLE_CASES=${cases}`);
  const made = Array.from({ length: cases }, (_, i) => makeCase(i));
  const input = made.map((one) => JSON.stringify(one.input)).join("\n");
  const run = spawnSync(oracle, { input, encoding: "utf8", maxBuffer: 2 ** 30 });
  expect(run.status, run.stderr).toBe(0);
  const verdicts = run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Case["ours"] & { refused: string });
  expect(verdicts).toHaveLength(made.length);
  made.forEach(({ input: { object, old }, ours }, i) => {
    const { refused, ...theirs } = verdicts[i]!;
    const distinct = { ...theirs, errors: [...new Set(theirs.errors)].sort() };
    const wanted = { refused: "", ...ours, errors: [...new Set(ours.errors)] };
    expect({ object, old, verdict: { refused, ...distinct } }).toEqual({ object, old, verdict: wanted });
  });
});
