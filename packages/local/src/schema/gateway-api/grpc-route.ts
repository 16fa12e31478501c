import { list, object, root, rules, text } from "./builders.ts";
import { backendRefs, matchType, namedMatches, routeFilters, routeSpec, routeStatus } from "./routes.ts";

const filters = routeFilters(["ResponseHeaderModifier", "RequestHeaderModifier", "RequestMirror", "ExtensionRef"], {}, [
  "RequestHeaderModifier",
  "ResponseHeaderModifier",
]);

const servicePattern = "^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$";
const methodPattern = "^[A-Za-z_][A-Za-z_0-9]*$";

const characters = (field: string, pattern: string): [string, string] => [
  `(!has(self.type) || self.type == 'Exact') && has(self.${field}) ? self.${field}.matches(r"""${pattern}"""): true`,
  `${field} must only contain valid characters (matching ${pattern})`,
];

const method = object(
  { method: text(undefined, 1024), service: text(undefined, 1024), type: matchType },
  [],
  rules(
    [
      "has(self.type) ? has(self.service) || has(self.method) : true",
      "One or both of 'service' or 'method' must be specified",
    ],
    characters("service", servicePattern),
    characters("method", methodPattern),
  ),
);

const rule = object({
  backendRefs: backendRefs(filters),
  filters,
  matches: list(object({ headers: namedMatches(4096), method }), 64),
});

export const grpcRoute = root(
  routeSpec(rule, (at) => `(has(${at}.matches) ? ${at}.matches.size() : 0)`),
  routeStatus,
  [],
);
