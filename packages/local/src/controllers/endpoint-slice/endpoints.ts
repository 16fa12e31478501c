/** From a Service and its pods to endpoints, as Kubernetes defines their conditions and ports. */
import { isIPv6 } from "node:net";
import type { Container, Endpoint, EndpointPort, Node, Pod, Service, ServicePort } from "../../client/kinds.ts";
import { isReady } from "../replica-set/plan.ts";

export type AddressType = "IPv4" | "IPv6";

/** Endpoints that share one list of ports: what fits into one slice. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** Which address families the Service has slices for. */
export function addressTypesOf(service: Service): AddressType[] {
  const { ipFamilies = [], clusterIP = "" } = service.spec;
  const known = ipFamilies.filter((family) => family === "IPv4" || family === "IPv6");
  return known.length > 0 ? known : [isIPv6(clusterIP) ? "IPv6" : "IPv4"];
}

/** One group for each distinct list of ports. Pods without an address and finished pods are left out. */
export function endpointGroups(
  service: Service,
  pods: readonly Pod[],
  addressType: AddressType,
  nodeOf: (name: string) => Node | undefined,
): EndpointGroup[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const { phase, podIP, podIPs = [] } = pod.status ?? {};
    if (phase === "Succeeded" || phase === "Failed") continue;
    const ips = podIPs.length > 0 ? podIPs.map(({ ip }) => ip) : podIP === undefined ? [] : [podIP];
    const addresses = ips.filter((ip) => ip !== "" && isIPv6(ip) === (addressType === "IPv6"));
    if (addresses.length === 0) continue;
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpointOf(service, pod, addresses, nodeOf));
  }
  return [...groups.values()];
}

function endpointOf(
  service: Service,
  pod: Pod,
  addresses: string[],
  nodeOf: (name: string) => Node | undefined,
): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  // A terminating pod is never ready, so that consumers of `ready` alone let it drain.
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { nodeName = "", hostname = "", subdomain } = pod.spec;
  const { namespace, name, uid } = pod.metadata;
  const zone = nodeName === "" ? undefined : nodeOf(nodeName)?.metadata.labels?.["topology.kubernetes.io/zone"];
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname !== "" && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: "Pod", ...(namespace === undefined ? {} : { namespace }), name, uid },
    ...(nodeName === "" ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
  };
}

/** A port that the pod does not declare by name is left out. */
function portsOf(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPortOf(port, pod);
    if (number === undefined) continue;
    const { name = "", protocol = "TCP", appProtocol } = port;
    ports.push({ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function targetPortOf(port: ServicePort, pod: Pod): number | undefined {
  const { targetPort = port.port, protocol = "TCP" } = port;
  if (typeof targetPort === "number") return targetPort === 0 ? port.port : targetPort;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const declared = (container: Container): number | undefined =>
    container.ports?.find(
      (declaration) => declaration.name === targetPort && (declaration.protocol ?? "TCP") === protocol,
    )?.containerPort;
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const number = declared(container);
    if (number !== undefined) return number;
  }
  return undefined;
}
