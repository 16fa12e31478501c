import { endpointNames, mainServiceName, nameKey, quote } from "@headgate/api";
import type { Json, ObjectRef, Refusal } from "@headgate/api";
import { autoscalingHints } from "./autoscaling-hints.ts";
import { routeKindOf } from "./case.ts";
import type { EndpointCase } from "./case.ts";
import type { RouteState } from "./observed.ts";

/** How one endpoint fares. */
export interface EndpointReport {
  readonly id: string;
  readonly index: number;
  readonly ready: boolean;
  /** Everything that a person should know, most pressing first; empty when there is nothing. */
  readonly messages: readonly string[];
  readonly status: { readonly [field: string]: Json };
  readonly type: string;
  readonly strategy: string;
}

/** How an endpoint of this policy fares. */
export interface PolicyReport extends EndpointReport {
  readonly policy: ObjectRef;
}

export interface ReportedOn {
  readonly of: EndpointCase;
  readonly route: RouteState | undefined;
  readonly refusal: Refusal | undefined;
  /** What others claim in vain; it keeps nothing from working. */
  readonly note: string | undefined;
  readonly gatewayExists: boolean;
}

/** What is to be said of one endpoint: ready when its replicas are available and its route is accepted. */
export function reportOn({ of, route, refusal, note, gatewayExists }: ReportedOn): EndpointReport {
  const { policy, endpoint, index } = of;
  const names = endpointNames(policy.app.name, endpoint.id);
  const made = of.conflict?.over !== "name";
  const faults = !made
    ? [of.conflict.message]
    : [
        ...(refusal === undefined ? [] : [refusal.message]),
        ...(of.admitted ? [] : [notAdmitted(of)]),
        ...(of.conflict === undefined ? [] : [of.conflict.message]),
        ...mainFault(of),
        ...(of.workload.complaint === undefined || refusal !== undefined || !of.admitted
          ? []
          : [`Deployment ${quote(names.workload)}: ${of.workload.complaint}`]),
        ...routeFault(of, route, gatewayExists),
      ];
  const hints = [
    ...(note === undefined ? [] : [note]),
    ...(endpoint.hpa?.min === 0 ? ["hpa.min is 0: scaling to zero is not served yet, 1 replica is the least"] : []),
    ...(made ? autoscalingHints(of) : []),
  ];
  const messages = [...faults, ...hints];
  return {
    id: endpoint.id,
    index,
    ready: faults.length === 0,
    messages,
    type: endpoint.type,
    strategy: endpoint.strategy,
    status: {
      id: endpoint.id,
      ready: faults.length === 0,
      ...(made && { deploymentName: names.workload, serviceName: names.service, routeName: names.workload }),
      ...(made && endpoint.hpa !== undefined && { hpaName: names.workload }),
      ...(messages.length === 0 ? {} : { message: messages.join("; ") }),
    },
  };
}

function notAdmitted({ policy }: EndpointCase): string {
  const { app, policy: owner } = policy;
  return (
    `namespace ${app.namespace} does not let EndpointPolicies of namespace ${owner.namespace} make Deployments there; ` +
    `a ReferenceGrant in ${app.namespace} from EndpointPolicy (endpointscaler.io, namespace ${owner.namespace}) to Deployment (apps) does`
  );
}

/** The weights stay as they are: what a few pods get of the requests is a person's decision, and all of them might be too many. */
function mainFault({ policy, endpoint, mainPorts, open }: EndpointCase): readonly string[] {
  if (endpoint.strategy !== "canary") return [];
  const name = mainServiceName(policy.app.name);
  const meanwhile = open ? `; until then its ${String(100 - endpoint.weight)} % of the requests fail` : "";
  if (mainPorts === undefined)
    return [
      `canary strategy requires main service ${quote(name)} to exist in namespace ${policy.app.namespace}${meanwhile}`,
    ];
  if (mainPorts.includes(policy.app.port)) return [];
  const shown = mainPorts.join(", ");
  return [
    `main service ${quote(name)} has no port ${String(policy.app.port)} (spec.appRef.port); it has ${shown}${meanwhile}`,
  ];
}

function routeFault(of: EndpointCase, route: RouteState | undefined, gatewayExists: boolean): readonly string[] {
  const { policy, endpoint, conflict, workload, admitted } = of;
  if (conflict !== undefined || !admitted) return [];
  const shown = `${routeKindOf(endpoint)} ${quote(endpointNames(policy.app.name, endpoint.id).workload)}`;
  const gateway = `Gateway ${nameKey(policy.gateway)}`;
  if (!gatewayExists) return [`${gateway} does not exist: the route waits for it`];
  if (route === undefined || !of.routed)
    return workload.available && mainFault(of).length === 0 ? [`${shown} is not made yet`] : [];
  const verdicts = route.verdicts.filter(({ parent }) => parent === policy.gateway.name);
  const complaint = verdicts.find((verdict) => verdict.complaint !== undefined)?.complaint;
  if (complaint !== undefined) return [`${gateway} says of ${shown} ${complaint}`];
  if (!verdicts.some(({ accepted }) => accepted)) return [`${gateway} has not accepted ${shown} yet`];
  return route.parked ? [`${shown} does not take requests yet`] : [];
}
