import { endpointNames, mainServiceName } from "@headgate/api";
import type { Desired, Endpoint, HeaderMatch } from "@headgate/api";
import { child } from "./child.ts";
import { routeKindOf } from "./case.ts";
import type { EndpointCase } from "./case.ts";
import type { Fields } from "../read/index.ts";
import { parkedRule } from "./parking.ts";

/**
 * The endpoint's route: made as soon as a replica can serve, never before, open as soon as its Gateway knows it, and kept from then on. A
 * canary that can't be served for a while gets weight 0, and the application everything.
 */
export function route(of: EndpointCase, instance: string): readonly Desired[] {
  const { policy, endpoint, workload, routed, mainPorts, conflict } = of;
  if (conflict !== undefined) return [];
  const canaryWithoutMain = endpoint.strategy === "canary" && mainPorts?.includes(policy.app.port) !== true;
  if (!routed && (!workload.available || canaryWithoutMain)) return [];
  const { gateway } = policy;
  const parent = {
    kind: "Gateway",
    name: gateway.name,
    ...(gateway.namespace === policy.policy.namespace ? {} : { namespace: gateway.namespace }),
    ...(gateway.sectionName === undefined ? {} : { sectionName: gateway.sectionName }),
  };
  const rules = endpoint.type === "grpc" ? [grpcRule(of)] : httpRules(of);
  return [
    child(
      { policy, endpoint, instance },
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: routeKindOf(endpoint),
        name: endpointNames(policy.app.name, endpoint.id).workload,
        namespace: policy.policy.namespace,
        fields: {
          spec: {
            parentRefs: [parent],
            ...(endpoint.hostnames.length === 0 ? {} : { hostnames: endpoint.hostnames }),
            rules: of.open ? rules : rules.slice(0, 1).map(parkedRule),
          },
        },
      },
    ),
  ];
}

/** In another namespace than the route's, the application's Services may be named by it only where a grant says so. */
export function referenceGrant({ policy, endpoint }: EndpointCase, instance: string): readonly Desired[] {
  if (policy.app.namespace === policy.policy.namespace) return [];
  const names = endpointNames(policy.app.name, endpoint.id);
  const services = endpoint.strategy === "canary" ? [names.service, mainServiceName(policy.app.name)] : [names.service];
  return [
    child(
      { policy, endpoint, instance },
      {
        apiVersion: "gateway.networking.k8s.io/v1beta1",
        kind: "ReferenceGrant",
        name: names.workload,
        namespace: policy.app.namespace,
        fields: {
          spec: {
            from: [
              { group: "gateway.networking.k8s.io", kind: routeKindOf(endpoint), namespace: policy.policy.namespace },
            ],
            to: services.map((name) => ({ group: "", kind: "Service", name })),
          },
        },
      },
    ),
  ];
}

/** One rule, or one for each method: Gateway API takes a rewritten prefix only in a rule of one match. */
function httpRules(of: EndpointCase): readonly Fields[] {
  const { path, pathType = "PathPrefix", methods = [], headers = [] } = of.endpoint.match;
  const match = {
    path: { type: pathType, value: path },
    ...(headers.length === 0 ? {} : { headers: headers.map(headerMatch) }),
  };
  const { rewritePrefix, timeouts, sessionPersistence } = of.endpoint;
  const matches = methods.length === 0 ? [match] : methods.map((method) => ({ ...match, method }));
  const groups = rewritePrefix === undefined ? [matches] : matches.map((one) => [one]);
  return groups.map((group) => ({
    matches: group,
    ...(rewritePrefix === undefined ? {} : { filters: [rewrite(of.endpoint, rewritePrefix)] }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(sessionPersistence === undefined ? {} : { sessionPersistence }),
    backendRefs: backends(of),
  }));
}

function grpcRule(of: EndpointCase): Fields {
  const { service, method, headers = [] } = of.endpoint.match;
  const { sessionPersistence } = of.endpoint;
  return {
    matches: [
      {
        method: { service, ...(method === undefined ? {} : { method }) },
        ...(headers.length === 0 ? {} : { headers: headers.map(headerMatch) }),
      },
    ],
    ...(sessionPersistence === undefined ? {} : { sessionPersistence }),
    backendRefs: backends(of),
  };
}

function rewrite({ match }: Endpoint, prefix: string): object {
  const path =
    match.pathType === "Exact"
      ? { type: "ReplaceFullPath", replaceFullPath: prefix }
      : { type: "ReplacePrefixMatch", replacePrefixMatch: prefix };
  return { type: "URLRewrite", urlRewrite: { path } };
}

function headerMatch({ type, name, value }: HeaderMatch): object {
  return { type, name, value };
}

function backends({ policy, endpoint, workload, mainPorts }: EndpointCase): readonly object[] {
  const { app } = policy;
  const far = app.namespace === policy.policy.namespace ? {} : { namespace: app.namespace };
  const backend = (name: string, port: number, weight: number): object => ({
    kind: "Service",
    name,
    ...far,
    port,
    weight,
  });
  const own = endpointNames(app.name, endpoint.id).service;
  if (endpoint.strategy === "primary") return [backend(own, endpoint.port, 100)];
  // Nobody gains from a share for pods that aren't there.
  const weight = workload.available || mainPorts === undefined ? endpoint.weight : 0;
  return [backend(mainServiceName(app.name), app.port, 100 - weight), backend(own, endpoint.port, weight)];
}
