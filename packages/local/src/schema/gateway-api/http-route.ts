import type { JsonSchema } from "../json-schema.ts";
import { list, object, oneOf, root, rules, string, text } from "./builders.ts";
import { port, preciseHostname } from "./names.ts";
import { backendRefs, namedMatches, routeFilters, routeSpec, routeStatus } from "./routes.ts";

function pathModifier(): JsonSchema {
  const pairs = ["ReplaceFullPath", "ReplacePrefixMatch"].flatMap((type): [string, string][] => {
    const field = type.replace("Replace", "replace");
    return [
      [
        `self.type == '${type}' ? has(self.${field}) : true`,
        `${field} must be specified when type is set to '${type}'`,
      ],
      [`has(self.${field}) ? self.type == '${type}' : true`, `type must be '${type}' when ${field} is set`],
    ];
  });
  const replacement = text(undefined, 1024);
  const type = oneOf(["ReplaceFullPath", "ReplacePrefixMatch"]);
  return object({ replaceFullPath: replacement, replacePrefixMatch: replacement, type }, ["type"], rules(...pairs));
}

const requestRedirect = object({
  hostname: preciseHostname,
  path: pathModifier(),
  port,
  scheme: oneOf(["http", "https"]),
  statusCode: oneOf([301, 302], 302),
});

const urlRewrite = object({ hostname: preciseHostname, path: pathModifier() });

const notBoth: readonly [string, string] = [
  "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
  "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
];

function filters(first: readonly (readonly [string, string])[]): JsonSchema {
  return routeFilters(
    [
      "RequestHeaderModifier",
      "ResponseHeaderModifier",
      "RequestMirror",
      "RequestRedirect",
      "URLRewrite",
      "ExtensionRef",
    ],
    { RequestRedirect: ["requestRedirect", requestRedirect], URLRewrite: ["urlRewrite", urlRewrite] },
    ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"],
    first,
  );
}

const plainTypes = "['Exact','PathPrefix']";
const forPlain = (test: string): string => `(self.type in ${plainTypes}) ? ${test} : true`;
const whenPlain = "when type one of ['Exact', 'PathPrefix']";
const pathCharacters = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$";

function pathMatch(): JsonSchema {
  const contains = ["//", "/./", "/../", "%2f", "%2F", "#"].map((part): [string, string] => [
    forPlain(`!self.value.contains('${part}')`),
    `must not contain '${part}' ${whenPlain}`,
  ]);
  const ends = ["/..", "/."].map((part): [string, string] => [
    forPlain(`!self.value.endsWith('${part}')`),
    `must not end with '${part}' ${whenPlain}`,
  ]);
  return object(
    {
      type: oneOf(["Exact", "PathPrefix", "RegularExpression"], "PathPrefix"),
      value: { ...text(undefined, 1024), default: "/" },
    },
    [],
    {
      default: { type: "PathPrefix", value: "/" },
      ...rules(
        [forPlain("self.value.startsWith('/')"), `value must be an absolute path and start with '/' ${whenPlain}`],
        ...contains,
        ...ends,
        [
          `self.type in ${plainTypes} || self.type == 'RegularExpression'`,
          "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
        ],
        [
          forPlain(`self.value.matches(r"""${pathCharacters}""")`),
          `must only contain valid characters (matching ${pathCharacters}) for types ['Exact', 'PathPrefix']`,
        ],
      ),
    },
  );
}

const everything = [{ path: { type: "PathPrefix", value: "/" } }];

const match = object({
  headers: namedMatches(4096),
  method: oneOf(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]),
  path: pathMatch(),
  queryParams: namedMatches(1024),
});

const duration: JsonSchema = { ...string, pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" };

const timeouts = object(
  { backendRequest: duration, request: duration },
  [],
  rules([
    "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
    "backendRequest timeout cannot be longer than request timeout",
  ]),
);

/** Replacing a prefix needs one prefix to replace, wherever the filter stands. */
function prefixRules(): [string, string][] {
  const onePrefix =
    "((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true";
  const filter = (owner: string, field: string): string =>
    `(has(${owner}.filters) && ${owner}.filters.exists_one(f, has(f.${field}) && has(f.${field}.path) && f.${field}.path.type == 'ReplacePrefixMatch' && has(f.${field}.path.replacePrefixMatch)))`;
  const inBackends = (field: string): string =>
    `(has(self.backendRefs) && self.backendRefs.exists_one(b, ${filter("b", field)} )) ? ${onePrefix}`;
  const text = (when: string, name: string): string =>
    `${when} using ${name} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`;
  return [
    [`${filter("self", "requestRedirect")} ? ${onePrefix}`, text("When", "RequestRedirect")],
    [`${filter("self", "urlRewrite")} ? ${onePrefix}`, text("When", "URLRewrite")],
    [inBackends("requestRedirect"), text("Within backendRefs, when", "RequestRedirect")],
    [inBackends("urlRewrite"), text("Within backendRefs, When", "URLRewrite")],
  ];
}

const rule = object(
  {
    // The published CRD has this rule twice here, so a client is told twice.
    backendRefs: backendRefs(filters([notBoth, notBoth])),
    filters: filters([notBoth]),
    matches: list(match, 64, { default: everything }),
    timeouts,
  },
  [],
  rules(
    [
      "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true",
      "RequestRedirect filter must not be used together with backendRefs",
    ],
    ...prefixRules(),
  ),
);

export const httpRoute = root(
  routeSpec(rule, (at) => `${at}.matches.size()`, { default: [{ matches: everything }] }),
  routeStatus,
);
