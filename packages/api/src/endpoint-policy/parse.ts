import { refOf } from "../object.ts";
import type { KubeObject } from "../object.ts";
import type { Parsed, Refusal } from "../refusal.ts";
import { faultText, schemaFaults, withDefaults } from "../schema/index.ts";
import type { FieldFault } from "../schema/index.ts";
import { endpointPolicyFinalizer, longestPolicyName } from "./names.ts";
import { brokenRules } from "./rules.ts";
import { endpointPolicySpec } from "./schema.ts";
import type { Endpoint, EndpointPolicy, EndpointPolicySpec, EndpointSpec } from "./types.ts";

/** Parses an EndpointPolicy, reporting every fault at once, each with its field. Never throws. */
export function parseEndpointPolicy(object: KubeObject): Parsed<EndpointPolicy> {
  const { namespace, uid = "", creationTimestamp = "", deletionTimestamp, finalizers = [] } = object.metadata;
  const filled = withDefaults(endpointPolicySpec, object.spec);
  const formal = schemaFaults(endpointPolicySpec, filled, "spec");
  // Rules between fields mean something only where each field has the right form.
  const faults = formal.length > 0 ? formal : brokenRules(filled as EndpointPolicySpec);
  const refusals = [
    ...(namespace === undefined
      ? [{ field: "metadata.namespace", kind: "Required value", detail: "must be set" } as const]
      : []),
    ...nameFaults(object.metadata.name),
    ...faults,
  ].map(refusal);
  const [first, ...more] = refusals;
  if (first !== undefined || namespace === undefined) {
    return { ok: false, refusals: [first ?? unnamed, ...more] };
  }
  const spec = filled as EndpointPolicySpec;
  const { appRef, gatewayRef } = spec;
  return {
    ok: true,
    value: {
      policy: { ...refOf(object), namespace, uid },
      created: creationTimestamp,
      deleting: deletionTimestamp !== undefined,
      held: finalizers.includes(endpointPolicyFinalizer),
      app: { name: appRef.name, namespace: appRef.namespace ?? namespace, port: appRef.port },
      gateway: {
        name: gatewayRef.name,
        namespace: gatewayRef.namespace ?? namespace,
        sectionName: gatewayRef.sectionName,
      },
      endpoints: spec.endpoints.map((endpoint) => endpointOf(endpoint, spec)),
    },
  };
}

function endpointOf(endpoint: EndpointSpec, { appRef, gatewayRef }: EndpointPolicySpec): Endpoint {
  const { id, type, match, strategy, canaryWeight, resources, hpa, replicas, hostnames } = endpoint;
  const general = [
    ...(gatewayRef.hostname === undefined ? [] : [gatewayRef.hostname]),
    ...(gatewayRef.hostnames ?? []),
  ];
  return {
    id,
    type,
    match,
    strategy,
    weight: strategy === "canary" ? canaryWeight : 100,
    image: endpoint.image ?? appRef.image,
    port: endpoint.port ?? appRef.port,
    containerPort: endpoint.containerPort ?? appRef.containerPort,
    hostnames: [...new Set(hostnames ?? general)],
    resources,
    hpa,
    replicas,
    timeouts: endpoint.timeouts,
    rewritePrefix: endpoint.rewritePrefix,
    sessionPersistence: endpoint.sessionPersistence,
    podDisruptionBudget: endpoint.podDisruptionBudget,
    podTemplate: endpoint.podTemplate,
  };
}

function nameFaults(name: string): readonly FieldFault[] {
  if (name.length <= longestPolicyName) return [];
  const detail = `must be at most ${String(longestPolicyName)} characters long`;
  return [{ field: "metadata.name", kind: "Invalid value", value: name, detail }];
}

const unnamed: Refusal = { reason: "ValidationFailed", message: "metadata.namespace: Required value: must be set" };

function refusal(fault: FieldFault): Refusal {
  return { reason: "ValidationFailed", field: fault.field, message: faultText(fault) };
}
