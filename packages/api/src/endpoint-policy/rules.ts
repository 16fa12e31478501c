import { quantity } from "../quantity.ts";
import type { CelRule, FieldFault } from "../schema/index.ts";
import { longestNames } from "./names.ts";
import type {
  EndpointHpa,
  EndpointMatch,
  EndpointPolicySpec,
  EndpointResources,
  EndpointSpec,
  EndpointTimeouts,
} from "./types.ts";

/**
 * What must hold between fields. The API server judges by the CEL text where a rule has one, this operator by the function: objects that
 * were admitted without the rules are refused as well, and in the same words.
 */
interface Rule<T> {
  readonly cel?: string;
  /** Below the object that is judged; empty: the object itself. */
  readonly field: string;
  readonly kind: "Required value" | "Invalid value";
  readonly message: string;
  readonly holds: (judged: T) => boolean;
}

const specRules: readonly Rule<EndpointPolicySpec>[] = [
  {
    cel: `self.endpoints.all(e, size(self.appRef.name) + size(e.id) <= ${String(longestNames)})`,
    field: "endpoints",
    kind: "Invalid value",
    message: `application name and endpoint id must have at most ${String(longestNames)} characters together: a Service is named after both`,
    holds: ({ appRef, endpoints }) => endpoints.every(({ id }) => appRef.name.length + id.length <= longestNames),
  },
];

const endpointRules: readonly Rule<EndpointSpec>[] = [
  {
    cel: "self.type != 'http' || has(self.match.path)",
    field: "match.path",
    kind: "Required value",
    message: "path is required for HTTP endpoints",
    holds: ({ type, match }) => type !== "http" || match.path !== undefined,
  },
  {
    cel: "self.type != 'grpc' || has(self.match.service)",
    field: "match.service",
    kind: "Required value",
    message: "service is required for gRPC endpoints",
    holds: ({ type, match }) => type !== "grpc" || match.service !== undefined,
  },
  {
    cel: "self.type != 'grpc' || !has(self.rewritePrefix)",
    field: "rewritePrefix",
    kind: "Invalid value",
    message: "must be left out for gRPC endpoints: a gRPC path is a service and a method",
    holds: ({ type, rewritePrefix }) => type !== "grpc" || rewritePrefix === undefined,
  },
  {
    cel: "!has(self.podDisruptionBudget) || has(self.podDisruptionBudget.minAvailable) != has(self.podDisruptionBudget.maxUnavailable)",
    field: "podDisruptionBudget",
    kind: "Invalid value",
    message: "must have one of minAvailable and maxUnavailable",
    holds: ({ podDisruptionBudget: budget }) =>
      budget === undefined || (budget["minAvailable"] === undefined) !== (budget["maxUnavailable"] === undefined),
  },
];

const hpaRules: readonly Rule<EndpointHpa>[] = [
  {
    cel: "self.max >= self.min",
    field: "max",
    kind: "Invalid value",
    message: "must be greater than or equal to min",
    holds: ({ min, max }) => max >= min,
  },
  {
    cel: "has(self.cpuTarget) || has(self.memoryTarget)",
    field: "",
    kind: "Required value",
    message: "at least one of cpuTarget or memoryTarget is required",
    holds: ({ cpuTarget, memoryTarget }) => cpuTarget !== undefined || memoryTarget !== undefined,
  },
];

const matchRules: readonly Rule<EndpointMatch>[] = [
  {
    cel: "!has(self.path) || (!self.path.contains('//') && !self.path.matches('/[.][.]?(/|$)'))",
    field: "path",
    kind: "Invalid value",
    message: "must have no empty segment and no segment . or ..",
    holds: ({ path = "/" }) => !path.includes("//") && !/\/[.][.]?(\/|$)/.test(path),
  },
];

const timeoutRules: readonly Rule<EndpointTimeouts>[] = [
  {
    cel: "!has(self.request) || !has(self.backendRequest) || duration(self.request) == duration('0s') || duration(self.backendRequest) <= duration(self.request)",
    field: "backendRequest",
    kind: "Invalid value",
    message: "must not be longer than request",
    holds: ({ request, backendRequest }) =>
      request === undefined ||
      backendRequest === undefined ||
      milliseconds(request) === 0 ||
      milliseconds(backendRequest) <= milliseconds(request),
  },
];

/** Of a Gateway API duration. */
function milliseconds(duration: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...duration.matchAll(/([0-9]+)(h|ms|m|s)/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}

const readable = (text: string | undefined): boolean => {
  const value = text === undefined ? 0n : quantity(text);
  return value !== undefined && value >= 0n;
};
const within = (request: string | undefined, limit: string | undefined): boolean => {
  const [asked, most] = [request, limit].map((text) => (text === undefined ? undefined : quantity(text)));
  return asked === undefined || most === undefined || asked <= most;
};
const quantityRules: readonly Rule<EndpointResources>[] = (
  ["cpuLimit", "cpuRequest", "memLimit", "memRequest"] as const
).map((field) => ({
  cel: `!has(self.${field}) || (isQuantity(self.${field}) && !quantity(self.${field}).isLessThan(quantity('0')))`,
  field,
  kind: "Invalid value",
  message: "invalid resource quantity: must be a number with an optional unit, such as 500m, 2 or 1Gi",
  holds: (resources) => readable(resources[field]),
}));
const requestRules: readonly Rule<EndpointResources>[] = (
  [
    ["cpuRequest", "cpuLimit"],
    ["memRequest", "memLimit"],
  ] as const
).map(([request, limit]) => ({
  cel: `!has(self.${request}) || !has(self.${limit}) || !isQuantity(self.${request}) || !isQuantity(self.${limit}) || quantity(self.${request}).compareTo(quantity(self.${limit})) <= 0`,
  field: request,
  kind: "Invalid value",
  message: `must not be more than ${limit}`,
  holds: (resources) => within(resources[request], resources[limit]),
}));

const rules = {
  spec: specRules,
  endpoint: endpointRules,
  hpa: hpaRules,
  match: matchRules,
  resources: [...quantityRules, ...requestRules],
  timeouts: timeoutRules,
} as const;

/** The rules of one level, as the CRD holds them. */
export function celOf(level: keyof typeof rules): readonly CelRule[] {
  return rules[level].flatMap(({ cel, message, field, kind }): CelRule[] =>
    cel === undefined
      ? []
      : [
          {
            rule: cel,
            message,
            ...(field === "" ? {} : { fieldPath: `.${field}` }),
            ...(kind === "Required value" ? { reason: "FieldValueRequired" } : {}),
          },
        ],
  );
}

/** The rules that a spec of the right form breaks, in the order of its fields. */
export function brokenRules(spec: EndpointPolicySpec): readonly FieldFault[] {
  const perEndpoint = spec.endpoints.flatMap((endpoint, i) => {
    const at = `spec.endpoints[${String(i)}]`;
    const { match, resources, hpa, timeouts } = endpoint;
    return [
      ...broken(endpointRules, endpoint, at),
      ...broken(matchRules, match, `${at}.match`),
      ...(resources === undefined ? [] : broken(rules.resources, resources, `${at}.resources`)),
      ...(hpa === undefined ? [] : broken(hpaRules, hpa, `${at}.hpa`)),
      ...(timeouts === undefined ? [] : broken(timeoutRules, timeouts, `${at}.timeouts`)),
    ];
  });
  return [...broken(specRules, spec, "spec"), ...perEndpoint];
}

function broken<T extends object>(of: readonly Rule<T>[], judged: T, at: string): FieldFault[] {
  return of.flatMap(({ field, kind, message, holds }): FieldFault[] => {
    if (holds(judged)) return [];
    const value: unknown = field
      .split(".")
      .reduce<unknown>((from, name) => (from as Record<string, unknown> | undefined)?.[name], judged);
    const shown = kind === "Required value" || field === "" || typeof value === "object" ? {} : { value };
    return [{ field: field === "" ? at : `${at}.${field}`, kind, ...shown, detail: message }];
  });
}
