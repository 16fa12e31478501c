import { nameKey } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { fields, integer, list, text, texts } from "../read/index.ts";
import type { Fields } from "../read/index.ts";
import type { RouteKind } from "./types.ts";

/** What a Gateway's author wrote, without its status. */
export interface Gateway {
  readonly key: string;
  readonly namespace: string;
  readonly className: string;
  readonly createdAt: string;
  /** The address asked for, when it is one that can be asked for. */
  readonly address: string | undefined;
  /** Why the addresses asked for can't be had. */
  readonly addressProblem: string | undefined;
  readonly listeners: readonly GatewayListener[];
}

export interface GatewayListener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname: string | undefined;
  readonly namespaces: NamespaceChoice;
  /** The kinds of routes that may attach. */
  readonly kinds: readonly RouteKind[];
  /** Kinds asked for that are not supported, as `group/Kind`. */
  readonly strangeKinds: readonly string[];
}

/** From which namespaces routes may attach. */
export type NamespaceChoice =
  { readonly from: "All" | "Same" | "None" } | { readonly from: "Selector"; readonly selector: LabelSelector };

export interface LabelSelector {
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

export const routeKinds: readonly RouteKind[] = ["HTTPRoute", "GRPCRoute"];
const qualified = (kind: RouteKind): string => `${gatewayGroup}/${kind}`;

export const gatewayGroup = "gateway.networking.k8s.io";

/** Total: what the schema would have refused reads as absent. */
export function parseGateway(object: KubeObject): Gateway {
  const spec = fields(object.spec);
  const addresses = list(spec["addresses"]).map(fields);
  const [first] = addresses;
  const problem = addressProblem(addresses);
  return {
    key: nameKey(object.metadata),
    namespace: object.metadata.namespace ?? "",
    className: text(spec["gatewayClassName"]) ?? "",
    createdAt: object.metadata.creationTimestamp ?? "",
    address: problem === undefined ? text(first?.["value"]) : undefined,
    addressProblem: problem,
    listeners: uniquelyNamed(list(spec["listeners"]).map((l) => parseListener(fields(l)))),
  };
}

/** The schema makes names unique; where it was not applied, the first counts. */
function uniquelyNamed(listeners: readonly GatewayListener[]): readonly GatewayListener[] {
  return listeners.filter((l, i) => listeners.findIndex((other) => other.name === l.name) === i);
}

function addressProblem(addresses: readonly Fields[]): string | undefined {
  if (addresses.length > 1) return `spec.addresses has ${addresses.length} entries; one IPAddress is supported.`;
  const [first] = addresses;
  if (first === undefined) return undefined;
  const type = text(first["type"]) ?? "IPAddress";
  if (type !== "IPAddress") return `spec.addresses[0].type is ${type}; only IPAddress is supported.`;
  return text(first["value"]) === undefined ? "spec.addresses[0].value is missing; name the address." : undefined;
}

function parseListener(raw: Fields): GatewayListener {
  const allowed = fields(raw["allowedRoutes"]);
  const kinds = list(allowed["kinds"]).map((k) => {
    const kind = fields(k);
    return `${text(kind["group"]) ?? gatewayGroup}/${text(kind["kind"]) ?? ""}`;
  });
  const hostname = text(raw["hostname"]);
  return {
    name: text(raw["name"]) ?? "",
    port: integer(raw["port"]) ?? 0,
    protocol: text(raw["protocol"]) ?? "",
    hostname: hostname === undefined || hostname === "" ? undefined : hostname.toLowerCase(),
    namespaces: parseNamespaces(fields(allowed["namespaces"])),
    kinds: routeKinds.filter((kind) => kinds.length === 0 || kinds.includes(qualified(kind))),
    strangeKinds: kinds.filter((kind) => !routeKinds.some((known) => qualified(known) === kind)),
  };
}

function parseNamespaces(raw: Fields): NamespaceChoice {
  const from = text(raw["from"]) ?? "Same";
  if (from === "Selector") return { from, selector: parseSelector(fields(raw["selector"])) };
  return { from: from === "All" || from === "Same" ? from : "None" };
}

function parseSelector(raw: Fields): LabelSelector {
  return {
    labels: texts(raw["matchLabels"]),
    expressions: list(raw["matchExpressions"]).map((e) => {
      const expression = fields(e);
      return {
        key: text(expression["key"]) ?? "",
        operator: text(expression["operator"]) ?? "",
        values: list(expression["values"]).filter((v) => typeof v === "string"),
      };
    }),
  };
}

/** Whether labels satisfy every requirement of a selector. An empty selector takes everything, an unknown operator nothing. */
export function selects({ labels, expressions }: LabelSelector, have: Readonly<Record<string, string>>): boolean {
  const value = (key: string): string | undefined => (Object.hasOwn(have, key) ? have[key] : undefined);
  return (
    Object.entries(labels).every(([key, wanted]) => value(key) === wanted) &&
    expressions.every(({ key, operator, values }) => {
      const found = value(key);
      if (operator === "In") return found !== undefined && values.includes(found);
      if (operator === "NotIn") return found === undefined || !values.includes(found);
      if (operator === "Exists") return found !== undefined;
      return operator === "DoesNotExist" && found === undefined;
    })
  );
}
