import { describe, expect, test } from "vitest";
import { compileSchema, formatFieldError, gatewayApiCrds } from "../../src/schema/index.ts";

type Json = Record<string, unknown>;

const kinds = new Map(
  gatewayApiCrds.map((crd) => {
    const [version] = crd.spec.versions;
    return [
      crd.spec.names.kind,
      { schema: version!.schema.openAPIV3Schema, ...compileSchema(version!.schema.openAPIV3Schema) },
    ];
  }),
);

function admit(kind: string, spec: unknown, oldSpec?: unknown): { spec: unknown; errors: string[] } {
  const compiled = kinds.get(kind)!;
  const whole = (value: unknown): Json => {
    const object = { apiVersion: "gateway.networking.k8s.io/v1", kind, metadata: { name: "x" }, spec: value };
    expect(compiled.unknownFields(object)).toEqual([]);
    return compiled.applyDefaults(object);
  };
  const object = whole(spec);
  const errors = compiled.validate(object, oldSpec === undefined ? undefined : whole(oldSpec));
  return { spec: object["spec"], errors: errors.map(formatFieldError) };
}

const parent = { name: "gw" };
const backend = { name: "app", port: 80 };
const prefix = { type: "ReplacePrefixMatch", replacePrefixMatch: "/" };
const rewrite = { type: "URLRewrite", urlRewrite: { path: prefix } };
const redirect = { type: "RequestRedirect", requestRedirect: { path: prefix } };
const plainRedirect = { type: "RequestRedirect", requestRedirect: { scheme: "https" } };
const headers = (name: string): Json => ({
  type: name,
  [name.replace("R", "r")]: { add: [{ name: "a", value: "b" }] },
});
const exact = [{ path: { type: "Exact", value: "/a" } }];

const http = (rule: Json): Json => ({ rules: [rule] });
const path = (value: string, type = "PathPrefix"): Json => http({ matches: [{ path: { type, value } }] });
const httpFilters = (...filters: Json[]): Json => http({ filters });
const behind = (...filters: Json[]): Json => ({ ...backend, filters });
const modifier = (modified: Json): Json => httpFilters({ type: "URLRewrite", urlRewrite: { path: modified } });
const grpc = (rule: Json): Json => ({ rules: [rule] });
const method = (match: Json): Json => grpc({ matches: [{ method: match }] });
const mirror = (more: Json): Json => ({ type: "RequestMirror", requestMirror: { backendRef: backend, ...more } });
const manyMatches = (each: number): Json[] =>
  [each, each, each].map((count) => ({
    matches: Array.from({ length: count }, (_, i) => ({ headers: [{ name: "a", value: String(i) }] })),
  }));

const listener = (name: string, more: Json = {}): Json => ({ name, port: 80, protocol: "HTTP", ...more });
const certificate = { certificateRefs: [{ name: "c" }] };
const gateway = (...listeners: Json[]): Json => ({ gatewayClassName: "c", listeners });
const withAddresses = (...addresses: Json[]): Json => ({ ...gateway(listener("a")), addresses });
const withInfrastructure = (infrastructure: Json): Json => ({ ...gateway(listener("a")), infrastructure });

describe("valid objects are admitted", () => {
  test.each<[kind: string, name: string, spec: Json]>([
    ["HTTPRoute", "empty", {}],
    [
      "HTTPRoute",
      "a backend",
      { parentRefs: [parent], hostnames: ["*.example.com"], rules: [{ backendRefs: [backend] }] },
    ],
    [
      "HTTPRoute",
      "parents told apart by section",
      { parentRefs: [{ ...parent, sectionName: "a" }, { ...parent, sectionName: "b" }, { name: "other" }] },
    ],
    ["HTTPRoute", "a regular expression", path("a//b.*", "RegularExpression")],
    ["HTTPRoute", "escapes and marks in a path", path("/a%20b/~c;d=e,f!g")],
    [
      "HTTPRoute",
      "a rewrite of the one prefix",
      http({ matches: [{ path: { value: "/a" } }], filters: [rewrite], backendRefs: [backend] }),
    ],
    ["HTTPRoute", "a redirect", httpFilters(redirect)],
    ["HTTPRoute", "timeouts", http({ timeouts: { request: "10s", backendRequest: "2s" } })],
    ["HTTPRoute", "no limit for the request", http({ timeouts: { request: "0s", backendRequest: "2s" } })],
    [
      "HTTPRoute",
      "a backend that is no Service",
      http({ backendRefs: [{ group: "example.io", kind: "Bucket", name: "b" }] }),
    ],
    [
      "HTTPRoute",
      "every filter once",
      http({
        filters: [headers("RequestHeaderModifier"), headers("ResponseHeaderModifier"), mirror({ percent: 5 }), rewrite],
      }),
    ],
    ["HTTPRoute", "128 matches", { rules: manyMatches(42) }],
    ["GRPCRoute", "a method", method({ service: "a.B", method: "C" })],
    ["GRPCRoute", "a service of any case", method({ service: "A.b_C" })],
    ["GRPCRoute", "128 matches", { rules: manyMatches(42) }],
    [
      "Gateway",
      "several listeners",
      gateway(
        listener("a"),
        listener("b", { port: 443, protocol: "HTTPS", tls: certificate }),
        listener("c", { hostname: "c.example" }),
      ),
    ],
    [
      "Gateway",
      "addresses",
      withAddresses({ value: "10.0.0.1" }, { value: "::1" }, { type: "Hostname", value: "a.example" }),
    ],
    ["GatewayClass", "a class", { controllerName: "example.io/controller" }],
    [
      "ReferenceGrant",
      "a grant",
      { from: [{ group: "", kind: "Service", namespace: "a" }], to: [{ group: "", kind: "Service" }] },
    ],
  ])("%s: %s", (kind, _, spec) => {
    expect(admit(kind, spec).errors).toEqual([]);
  });
});

test("a route without rules matches everything", () => {
  const everything = { path: { type: "PathPrefix", value: "/" } };
  expect(admit("HTTPRoute", { rules: [{ backendRefs: [backend], matches: [{ method: "GET" }] }, {}] }).spec).toEqual({
    rules: [
      {
        backendRefs: [{ ...backend, group: "", kind: "Service", weight: 1 }],
        matches: [{ ...everything, method: "GET" }],
      },
      { matches: [everything] },
    ],
  });
});

const http2 = "HTTPRoute";
const rule0 = "spec.rules[0]";
const filterAt = (at: string, type: string): [string, string, (from: Json[]) => Json, string][] => {
  const field = type === "URLRewrite" ? "urlRewrite" : type.replace(/^./, (first) => first.toLowerCase());
  const content: Json =
    { extensionRef: { group: "g.io", kind: "K", name: "n" }, requestMirror: { backendRef: backend } }[field] ?? {};
  const other =
    type === "ExtensionRef"
      ? mirror({})
      : { type: "ExtensionRef", extensionRef: { group: "g.io", kind: "K", name: "n" } };
  return [
    [
      type,
      "without its field",
      () => ({ type }),
      `${at}: Invalid value: filter.${field} must be specified for ${type} filter.type`,
    ],
    [
      type,
      "the field without the type",
      () => ({ ...other, [field]: content }),
      `${at}: Invalid value: filter.${field} must be nil if the filter.type is not ${type}`,
    ],
  ];
};
const filterCases = (kind: string, types: string[]): [string, string, Json, string][] =>
  types.flatMap((type) =>
    [false, true].flatMap((inBackend) => {
      const at = `${rule0}${inBackend ? ".backendRefs[0]" : ""}.filters[0]`;
      return filterAt(at, type).map(([name, what, filter, error]): [string, string, Json, string] => {
        const rule = inBackend ? { backendRefs: [behind(filter([]))] } : { filters: [filter([])] };
        return [kind, `${name} ${what}`, { rules: [rule] }, error];
      });
    }),
  );
const twice = (kind: string, filters: Json[]): [string, string, Json, string][] =>
  filters.flatMap((filter): [string, string, Json, string][] => {
    const text = `Invalid value: ${String(filter["type"])} filter cannot be repeated`;
    return [
      [
        kind,
        `two of ${String(filter["type"])}`,
        { rules: [{ filters: [filter, filter] }] },
        `${rule0}.filters: ${text}`,
      ],
      [
        kind,
        `two of ${String(filter["type"])} behind a backend`,
        { rules: [{ backendRefs: [behind(filter, filter)] }] },
        `${rule0}.backendRefs[0].filters: ${text}`,
      ],
    ];
  });

const when = "when type one of ['Exact', 'PathPrefix']";
const pathAt = `${rule0}.matches[0].path: Invalid value:`;
const onePrefix = "filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified";
const total =
  "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128";
const keyForm =
  "keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.";
const keyPrefix = "key's prefix must be a DNS subdomain not longer than 253 characters in total.";
const hostText =
  "Hostname value must only contain valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)";

const shared = (kind: string): [string, string, Json, string][] => [
  [
    kind,
    "one of two equal parents without a section",
    { parentRefs: [parent, { ...parent, sectionName: "a" }] },
    "spec.parentRefs: Invalid value: sectionName must be specified when parentRefs includes 2 or more references to the same parent",
  ],
  [
    kind,
    "a parent twice",
    { parentRefs: [parent, parent] },
    "spec.parentRefs: Invalid value: sectionName must be unique when parentRefs includes 2 or more references to the same parent",
  ],
  [kind, "too many matches", { rules: manyMatches(43) }, `spec.rules: Invalid value: ${total}`],
  [
    kind,
    "a Service without a port",
    { rules: [{ backendRefs: [{ name: "a" }] }] },
    `${rule0}.backendRefs[0]: Invalid value: Must have port for Service reference`,
  ],
  ...[false, true].flatMap((inBackend): [string, string, Json, string][] => {
    const at = `${rule0}${inBackend ? ".backendRefs[0]" : ""}.filters[0].requestMirror`;
    const put = (filter: Json): Json => ({
      rules: [inBackend ? { backendRefs: [behind(filter)] } : { filters: [filter] }],
    });
    return [
      [
        kind,
        "a mirror without a port",
        put(mirror({ backendRef: { name: "a" } })),
        `${at}.backendRef: Invalid value: Must have port for Service reference`,
      ],
      [
        kind,
        "a mirror of more than all",
        put(mirror({ fraction: { numerator: 3, denominator: 2 } })),
        `${at}.fraction: Invalid value: numerator must be less than or equal to denominator`,
      ],
      [
        kind,
        "a mirror by percent and fraction",
        put(mirror({ percent: 1, fraction: { numerator: 1 } })),
        `${at}: Invalid value: Only one of percent or fraction may be specified in HTTPRequestMirrorFilter`,
      ],
    ];
  }),
];

const modifierCases = (at: string, put: (modified: Json) => Json): [string, string, Json, string][] => [
  [
    http2,
    "no full path",
    put({ type: "ReplaceFullPath" }),
    `${at}: Invalid value: replaceFullPath must be specified when type is set to 'ReplaceFullPath'`,
  ],
  [
    http2,
    "a full path of another type",
    put({ ...prefix, replaceFullPath: "/" }),
    `${at}: Invalid value: type must be 'ReplaceFullPath' when replaceFullPath is set`,
  ],
  [
    http2,
    "no prefix",
    put({ type: "ReplacePrefixMatch" }),
    `${at}: Invalid value: replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'`,
  ],
  [
    http2,
    "a prefix of another type",
    put({ ...prefix, type: "ReplaceFullPath", replaceFullPath: "/" }),
    `${at}: Invalid value: type must be 'ReplacePrefixMatch' when replacePrefixMatch is set`,
  ],
];

/** Each rule of the standard channel, broken: kind, what is wrong, spec, the error that must be among those reported. */
const broken: [kind: string, name: string, spec: Json, error: string, old?: Json][] = [
  ...shared(http2),
  ...shared("GRPCRoute"),
  ...filterCases(http2, [
    "RequestHeaderModifier",
    "ResponseHeaderModifier",
    "RequestMirror",
    "RequestRedirect",
    "URLRewrite",
    "ExtensionRef",
  ]),
  ...filterCases("GRPCRoute", ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"]),
  ...twice(http2, [
    headers("RequestHeaderModifier"),
    headers("ResponseHeaderModifier"),
    plainRedirect,
    { type: "URLRewrite", urlRewrite: {} },
  ]),
  ...twice("GRPCRoute", [headers("RequestHeaderModifier"), headers("ResponseHeaderModifier")]),
  ...modifierCases(`${rule0}.filters[0].urlRewrite.path`, modifier),
  ...modifierCases(`${rule0}.filters[0].requestRedirect.path`, (modified) =>
    httpFilters({ type: "RequestRedirect", requestRedirect: { path: modified } }),
  ),
  ...modifierCases(`${rule0}.backendRefs[0].filters[0].urlRewrite.path`, (modified) =>
    http({ backendRefs: [behind({ type: "URLRewrite", urlRewrite: { path: modified } })] }),
  ),
  ...modifierCases(`${rule0}.backendRefs[0].filters[0].requestRedirect.path`, (modified) =>
    http({ backendRefs: [behind({ type: "RequestRedirect", requestRedirect: { path: modified } })] }),
  ),
  [http2, "a relative path", path("a"), `${pathAt} value must be an absolute path and start with '/' ${when}`],
  ...["//", "/./", "/../", "%2f", "%2F", "#"].map((part): [string, string, Json, string] => [
    http2,
    `${part} in a path`,
    path(`/a${part}b`),
    `${pathAt} must not contain '${part}' ${when}`,
  ]),
  ...["/..", "/."].map((part): [string, string, Json, string] => [
    http2,
    `${part} at the end`,
    path(`/a${part}`, "Exact"),
    `${pathAt} must not end with '${part}' ${when}`,
  ]),
  [
    http2,
    "odd characters in a path",
    path("/a b"),
    `${pathAt} must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']`,
  ],
  [
    http2,
    "a redirect and a rewrite",
    httpFilters(plainRedirect, rewrite),
    `${rule0}.filters: Invalid value: May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both`,
  ],
  [
    http2,
    "a redirect and a rewrite behind a backend",
    http({ backendRefs: [behind(plainRedirect, rewrite)] }),
    `${rule0}.backendRefs[0].filters: Invalid value: May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both`,
  ],
  [
    http2,
    "a redirect beside backends",
    http({ filters: [plainRedirect], backendRefs: [backend] }),
    `${rule0}: Invalid value: RequestRedirect filter must not be used together with backendRefs`,
  ],
  [
    http2,
    "a redirect without a prefix to replace",
    http({ matches: exact, filters: [redirect] }),
    `${rule0}: Invalid value: When using RequestRedirect ${onePrefix}`,
  ],
  [
    http2,
    "a rewrite without a prefix to replace",
    http({ matches: exact, filters: [rewrite] }),
    `${rule0}: Invalid value: When using URLRewrite ${onePrefix}`,
  ],
  [
    http2,
    "a redirect of a backend without a prefix",
    http({ matches: exact, backendRefs: [behind(redirect)] }),
    `${rule0}: Invalid value: Within backendRefs, when using RequestRedirect ${onePrefix}`,
  ],
  [
    http2,
    "a rewrite of a backend without a prefix",
    http({ matches: [...exact, {}], backendRefs: [behind(rewrite)] }),
    `${rule0}: Invalid value: Within backendRefs, When using URLRewrite ${onePrefix}`,
  ],
  [
    http2,
    "a backend that may take longer than the request",
    http({ timeouts: { request: "1s", backendRequest: "1500ms" } }),
    `${rule0}.timeouts: Invalid value: backendRequest timeout cannot be longer than request timeout`,
  ],
  [
    "GRPCRoute",
    "a method of nothing",
    method({ type: "Exact" }),
    `${rule0}.matches[0].method: Invalid value: One or both of 'service' or 'method' must be specified`,
  ],
  [
    "GRPCRoute",
    "an odd service",
    method({ service: "a/b" }),
    `${rule0}.matches[0].method: Invalid value: service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)`,
  ],
  [
    "GRPCRoute",
    "an odd method",
    method({ method: "1" }),
    `${rule0}.matches[0].method: Invalid value: method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)`,
  ],
  [
    "Gateway",
    "an odd host",
    withAddresses({ type: "Hostname", value: "A!" }),
    `spec.addresses[0]: Invalid value: ${hostText}`,
  ],
  [
    "Gateway",
    "an address twice",
    withAddresses({ value: "10.0.0.1" }, { value: "10.0.0.1" }),
    "spec.addresses: Invalid value: IPAddress values must be unique",
  ],
  [
    "Gateway",
    "a host twice",
    withAddresses({ type: "Hostname", value: "a" }, { type: "Hostname", value: "a" }),
    "spec.addresses: Invalid value: Hostname values must be unique",
  ],
  [
    "Gateway",
    "an odd annotation",
    withInfrastructure({ annotations: { "a/b/c": "" } }),
    `spec.infrastructure.annotations: Invalid value: Annotation ${keyForm}`,
  ],
  [
    "Gateway",
    "a long prefix of an annotation",
    withInfrastructure({ annotations: { [`${"a".repeat(253)}/b`]: "" } }),
    `spec.infrastructure.annotations: Invalid value: If specified, the annotation ${keyPrefix}`,
  ],
  [
    "Gateway",
    "an odd label",
    withInfrastructure({ labels: { "-": "" } }),
    `spec.infrastructure.labels: Invalid value: Label ${keyForm}`,
  ],
  [
    "Gateway",
    "a long prefix of a label",
    withInfrastructure({ labels: { [`${"a".repeat(253)}/b`]: "" } }),
    `spec.infrastructure.labels: Invalid value: If specified, the label ${keyPrefix}`,
  ],
  [
    "Gateway",
    "nothing to terminate TLS with",
    gateway(listener("a", { protocol: "HTTPS", tls: { certificateRefs: [], options: {} } })),
    "spec.listeners[0].tls: Invalid value: certificateRefs or options must be specified when mode is Terminate",
  ],
  [
    "Gateway",
    "TLS for HTTP",
    gateway(listener("a", { tls: certificate })),
    "spec.listeners: Invalid value: tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
  ],
  [
    "Gateway",
    "HTTPS passed through",
    gateway(listener("a", { protocol: "HTTPS", tls: { mode: "Passthrough" } })),
    "spec.listeners: Invalid value: tls mode must be Terminate for protocol HTTPS",
  ],
  [
    "Gateway",
    "a host for TCP",
    gateway(listener("a", { protocol: "TCP", hostname: "a" })),
    "spec.listeners: Invalid value: hostname must not be specified for protocols ['TCP', 'UDP']",
  ],
  [
    "Gateway",
    "a name twice",
    gateway(listener("a"), listener("a", { port: 81 })),
    "spec.listeners: Invalid value: Listener name must be unique within the Gateway",
  ],
  [
    "Gateway",
    "a port twice",
    gateway(listener("a"), listener("b")),
    "spec.listeners: Invalid value: Combination of port, protocol and hostname must be unique for each listener",
  ],
  [
    "GatewayClass",
    "another controller",
    { controllerName: "a.io/b" },
    'spec.controllerName: Invalid value: "a.io/b": Value is immutable',
    { controllerName: "a.io/c" },
  ],
];

describe("an object that breaks a rule is refused", () => {
  test.each(broken)("%s: %s", (...[kind, , spec, error, old]) => {
    expect(admit(kind, spec, old).errors).toContain(error);
  });
});

/** Messages of all rules under a schema, with how often each stands. */
function messages(schema: unknown, found: string[] = []): string[] {
  if (Array.isArray(schema)) schema.forEach((item) => messages(item, found));
  if (typeof schema !== "object" || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === "x-kubernetes-validations")
      found.push(...(value as { message: string }[]).map(({ message }) => message));
    else messages(value, found);
  }
  return found;
}

/** Rules that no object can break once the schema's own keywords hold, so that no case can show them. */
const unbreakable = new Map([
  ["type must be one of ['Exact', 'PathPrefix', 'RegularExpression']", "the enum of type says the same"],
]);

test.each([...kinds.keys()])("every rule of %s has an object that breaks it", (kind) => {
  const shown = broken.filter(([of]) => of === kind).map(([, , , error]) => error);
  const missing = messages(kinds.get(kind)!.schema).filter(
    (message) => !unbreakable.has(message) && !shown.some((error) => error.endsWith(`: ${message}`)),
  );
  expect(missing).toEqual([]);
});
