import type { JsonSchema } from "../json-schema.ts";
import { int32, keyed, list, mapOf, object, oneOf, root, rules, string, text } from "./builders.ts";
import { conditions, groupKind, localObjectRef, pending } from "./fields.ts";
import {
  addressType,
  annotationValue,
  controllerName,
  groupName,
  hostname,
  kind,
  namespace,
  objectName,
  port,
  protocol,
  sectionName,
  subdomain,
} from "./names.ts";

const hostPattern = `^(\\*\\.)?${subdomain}$`;

function address(value: JsonSchema, required: readonly string[]): JsonSchema {
  const ip: JsonSchema = {
    properties: { type: { enum: ["IPAddress"] }, value: { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] } },
  };
  const other: JsonSchema = { properties: { type: { not: { enum: ["IPAddress"] } } } };
  return object({ type: { ...addressType, default: "IPAddress" }, value }, required, {
    oneOf: [ip, other],
    ...rules([
      `self.type == 'Hostname' ? self.value.matches(r"""${hostPattern}"""): true`,
      `Hostname value must only contain valid characters (matching ${hostPattern})`,
    ]),
  });
}

const uniqueAddress = (type: string): [string, string] => [
  `self.all(a1, a1.type == '${type}' ? self.exists_one(a2, a2.type == a1.type && a2.value == a1.value) : true )`,
  `${type} values must be unique`,
];

/** Labels or annotations that a Gateway hands to what is made for it. */
function passedOn(what: string, value: JsonSchema): JsonSchema {
  const keyPattern = `^(${subdomain}/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$`;
  return mapOf(value, {
    maxProperties: 8,
    ...rules(
      [
        `self.all(key, key.matches(r"""${keyPattern}"""))`,
        `${what} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`,
      ],
      [
        'self.all(key, key.split("/")[0].size() < 253)',
        `If specified, the ${what.toLowerCase()} key's prefix must be a DNS subdomain not longer than 253 characters in total.`,
      ],
    ),
  });
}

const infrastructure = object({
  annotations: passedOn("Annotation", annotationValue),
  labels: passedOn("Label", text(0, 63, "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")),
  parametersRef: localObjectRef,
});

const atomicList: JsonSchema = { "x-kubernetes-list-type": "atomic" };

const selector = object(
  {
    matchExpressions: list(
      object({ key: string, operator: string, values: list(string, undefined, atomicList) }, ["key", "operator"]),
      undefined,
      atomicList,
    ),
    matchLabels: mapOf(string),
  },
  [],
  { "x-kubernetes-map-type": "atomic" },
);

const fromSame = { from: "Same" };

const allowedRoutes = object(
  {
    kinds: list(groupKind, 8),
    namespaces: object({ from: oneOf(["All", "Selector", "Same"], "Same"), selector }, [], { default: fromSame }),
  },
  [],
  { default: { namespaces: fromSame } },
);

const certificateRef = object(
  { group: { ...groupName, default: "" }, kind: { ...kind, default: "Secret" }, name: objectName, namespace },
  ["name"],
);

const tls = object(
  {
    certificateRefs: list(certificateRef, 64),
    mode: oneOf(["Terminate", "Passthrough"], "Terminate"),
    options: mapOf(annotationValue, { maxProperties: 16 }),
  },
  [],
  rules([
    "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true",
    "certificateRefs or options must be specified when mode is Terminate",
  ]),
);

const listener = object({ allowedRoutes, hostname, name: sectionName, port, protocol, tls }, [
  "name",
  "port",
  "protocol",
]);

const listeners = keyed("name", listener, 64, {
  minItems: 1,
  ...rules(
    [
      "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
      "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    ],
    [
      "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
      "tls mode must be Terminate for protocol HTTPS",
    ],
    [
      "self.all(l, l.protocol in ['TCP', 'UDP']  ? (!has(l.hostname) || l.hostname == '') : true)",
      "hostname must not be specified for protocols ['TCP', 'UDP']",
    ],
    ["self.all(l1, self.exists_one(l2, l1.name == l2.name))", "Listener name must be unique within the Gateway"],
    [
      "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
      "Combination of port, protocol and hostname must be unique for each listener",
    ],
  ),
});

const spec = object(
  {
    addresses: list(
      address(text(undefined, 253), []),
      16,
      rules(uniqueAddress("IPAddress"), uniqueAddress("Hostname")),
    ),
    gatewayClassName: objectName,
    infrastructure,
    listeners,
  },
  ["gatewayClassName", "listeners"],
);

const listenerStatus = object(
  { attachedRoutes: int32(), conditions, name: sectionName, supportedKinds: list(groupKind, 8) },
  ["attachedRoutes", "conditions", "name", "supportedKinds"],
);

const waiting = pending("Accepted", "Programmed");

const status = object(
  {
    addresses: list(address(text(1, 253), ["value"]), 16),
    conditions: { ...conditions, default: waiting },
    listeners: keyed("name", listenerStatus, 64),
  },
  [],
  { default: { conditions: waiting } },
);

export const gateway = root(spec, status);

const classWaiting = pending("Accepted");

export const gatewayClass = root(
  object(
    {
      controllerName: { ...controllerName, ...rules(["self == oldSelf", "Value is immutable"]) },
      description: text(undefined, 64),
      parametersRef: object({ group: groupName, kind, name: objectName, namespace }, ["group", "kind", "name"]),
    },
    ["controllerName"],
  ),
  object({ conditions: { ...conditions, default: classWaiting } }, [], { default: { conditions: classWaiting } }),
);

export const referenceGrant = root(
  object(
    {
      from: list(object({ group: groupName, kind, namespace }, ["group", "kind", "namespace"]), 16, { minItems: 1 }),
      to: list(object({ group: groupName, kind, name: objectName }, ["group", "kind"]), 16, { minItems: 1 }),
    },
    ["from", "to"],
  ),
  undefined,
  [],
);
