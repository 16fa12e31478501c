import { endpointPolicyCrd } from "@headgate/api";

/** A spec of which one thing is wrong. */
export interface Violation {
  /** The field and what is done to it, such as `spec.appRef.port: below 1`. */
  readonly what: string;
  readonly spec: unknown;
}

interface Node {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
}

type Step = string | number;

const schema = endpointPolicyCrd.spec as {
  versions: readonly [{ schema: { openAPIV3Schema: { properties: { spec: Node } } } }];
};

/** Has every field of the schema but for one of the two that exclude each other. */
const everything = {
  appRef: { name: "shop", namespace: "default", port: 80, containerPort: 8080, image: "shop:1" },
  gatewayRef: {
    name: "gw",
    namespace: "default",
    hostname: "a.example",
    hostnames: ["b.example"],
    sectionName: "http",
  },
  endpoints: [
    {
      id: "a",
      type: "http",
      match: {
        path: "/a",
        pathType: "Exact",
        methods: ["GET"],
        service: "a.A",
        method: "M",
        headers: [{ name: "X", value: "1", type: "Exact" }],
      },
      strategy: "canary",
      canaryWeight: 5,
      resources: { cpuLimit: "1", cpuRequest: "1", memLimit: "1", memRequest: "1" },
      hpa: { min: 1, max: 2, cpuTarget: 50, memoryTarget: 50, behavior: { scaleUp: speed(), scaleDown: speed() } },
      replicas: 1,
      image: "shop:1",
      port: 80,
      containerPort: 8080,
      hostnames: ["c.example"],
      timeouts: { request: "1s", backendRequest: "1s" },
      rewritePrefix: "/b",
      sessionPersistence: { sessionName: "s", type: "Cookie", absoluteTimeout: "1h" },
      podDisruptionBudget: { minAvailable: 1 },
      podTemplate: {},
    },
  ],
};

/** Valid specs that have every field of the schema between them. */
export const samples: readonly unknown[] = [
  everything,
  {
    ...everything,
    endpoints: everything.endpoints.map((one) => ({ ...one, podDisruptionBudget: { maxUnavailable: 1 } })),
  },
];

function speed(): object {
  const policies = [{ type: "Pods", value: 1, periodSeconds: 1 }];
  return { stabilizationWindowSeconds: 1, selectPolicy: "Max", policies };
}

/** Each constraint of the CRD's schema broken once, and nothing else with it. Throws when the samples lack a field of the schema. */
export function violations(): readonly Violation[] {
  return [...broken(schema.versions[0].schema.openAPIV3Schema.properties.spec, [])];
}

function* broken(node: Node, path: readonly Step[]): Generator<Violation> {
  const at = (more: Step[] = []): string => `spec${[...path, ...more].map(stepText).join("")}`;
  const sample = samples.find((one) => valueAt(one, path) !== undefined);
  if (sample === undefined) throw new Error(`no sample has ${at()}`);
  for (const [how, value] of wrong(node, valueAt(sample, path))) {
    yield { what: `${at()}: ${how}`, spec: replaced(sample, path, value) };
  }
  for (const name of node.required ?? []) {
    yield { what: `${at([name])}: left out`, spec: replaced(sample, [...path, name], undefined) };
  }
  for (const [name, inner] of Object.entries(node.properties ?? {})) yield* broken(inner, [...path, name]);
  if (node.items !== undefined) yield* broken(node.items, [...path, 0]);
}

/** Values that break one constraint of the node's own. */
function* wrong(node: Node, given: unknown): Generator<readonly [string, unknown]> {
  const { minItems, maxItems, minLength, maxLength, minimum, maximum, pattern, enum: words } = node;
  yield ["of another type", true];
  if (minItems !== undefined) yield [`fewer than ${String(minItems)}`, []];
  if (Array.isArray(given)) {
    if (maxItems !== undefined) yield [`more than ${String(maxItems)}`, many(given[0], maxItems + 1)];
    if (node["x-kubernetes-list-type"] !== "atomic") yield ["one twice", [given[0], given[0]]];
  }
  if (words !== undefined) yield ["another word", "other"];
  if (minLength !== undefined) yield ["empty", ""];
  if (maxLength !== undefined) yield [`longer than ${String(maxLength)}`, long(String(given), maxLength + 1)];
  if (pattern !== undefined) yield ["of another form", "ä b"];
  if (minimum !== undefined) yield [`below ${String(minimum)}`, minimum - 1];
  if (maximum !== undefined) yield [`above ${String(maximum)}`, maximum + 1];
}

/** Items that differ in whatever tells them apart. */
function many(item: unknown, count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, i) => {
    if (typeof item === "string") return `${item}${String(i)}`;
    const { id, name } = item as { readonly id?: string; readonly name?: string };
    return {
      ...(item as object),
      ...(id === undefined ? {} : { id: `${id}${String(i)}` }),
      ...(name === undefined ? {} : { name: `${name}${String(i)}` }),
    };
  });
}

/** Longer, and of the same form. */
function long(text: string, length: number): string {
  return text + "1".repeat(length - text.length);
}

function stepText(step: Step): string {
  return typeof step === "number" ? `[${String(step)}]` : `.${step}`;
}

function valueAt(sample: unknown, path: readonly Step[]): unknown {
  return path.reduce((value, step) => (value as Readonly<Record<Step, unknown>> | undefined)?.[step], sample);
}

function replaced(value: unknown, [step, ...rest]: readonly Step[], by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? replaced(item, rest, by) : (item as unknown)));
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [step]: replaced(fields[step], rest, by) };
}
