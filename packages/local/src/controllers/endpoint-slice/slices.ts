/** Spreads endpoints over EndpointSlices so that a change of one pod touches one slice. */
import type { Endpoint, EndpointPort, EndpointSlice, Service } from "../../client/kinds.ts";
import { controlledBy, type StringMap } from "../../client/object.ts";
import { same } from "../../client/same.ts";
import type { AddressType, EndpointGroup } from "./endpoints.ts";

export const serviceNameLabel = "kubernetes.io/service-name";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
export const managerName = "endpointslice-controller.k8s.io";
const headlessLabel = "service.kubernetes.io/headless";
const maxEndpoints = 100;

export interface SliceChanges {
  readonly create: readonly object[];
  readonly replace: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** What to write so that the slices of one address family say exactly what the groups say. */
export function planSlices(
  service: Service,
  addressType: AddressType,
  groups: readonly EndpointGroup[],
  existing: readonly EndpointSlice[],
): SliceChanges {
  const create: object[] = [];
  const replace: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [];
  const spare = new Set(existing);
  const labels = labelsOf(service);
  const wanted = groups.length > 0 ? groups : [{ ports: [], endpoints: [] }];
  for (const { ports, endpoints } of wanted) {
    const own = existing.filter((slice) => samePorts(slice.ports ?? [], ports));
    const fillings = distribute(own, endpoints);
    for (const [slice, filling] of fillings.kept) {
      if (filling.length === 0 && endpoints.length > 0) continue;
      spare.delete(slice);
      const next = { ...slice, metadata: { ...slice.metadata, labels }, ports, endpoints: filling };
      if (!sameContent(slice, next)) replace.push(next);
      // Without any endpoint one empty slice says that the Service is known.
      if (endpoints.length === 0) break;
    }
    const empty = endpoints.length === 0 && own.length === 0;
    for (const filling of empty ? [[]] : fillings.added) create.push(sliceBody(service, addressType, ports, filling));
  }
  remove.push(...spare);
  return { create, replace, remove };
}

/** Endpoints stay in the slice that they are in; new ones fill free places, then new slices. */
function distribute(
  slices: readonly EndpointSlice[],
  endpoints: readonly Endpoint[],
): { kept: Map<EndpointSlice, Endpoint[]>; added: Endpoint[][] } {
  const left = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const kept = new Map<EndpointSlice, Endpoint[]>();
  for (const slice of slices) {
    const filling: Endpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const current = left.get(identity(endpoint));
      if (current === undefined || !left.delete(identity(endpoint))) continue;
      filling.push(current);
    }
    kept.set(slice, filling);
  }
  const homeless = [...left.values()];
  // The fullest first: slices that run empty are given up.
  const byFill = [...kept.values()].sort((a, b) => b.length - a.length);
  for (const filling of byFill) filling.push(...homeless.splice(0, Math.max(0, maxEndpoints - filling.length)));
  const added: Endpoint[][] = [];
  while (homeless.length > 0) added.push(homeless.splice(0, maxEndpoints));
  return { kept, added };
}

function identity(endpoint: Endpoint): string {
  return endpoint.targetRef?.uid ?? JSON.stringify(endpoint.addresses);
}

function samePorts(a: readonly EndpointPort[], b: readonly EndpointPort[]): boolean {
  const texts = (ports: readonly EndpointPort[]): string[] =>
    ports
      .map(({ name = "", port, protocol = "TCP", appProtocol }) => JSON.stringify([name, port, protocol, appProtocol]))
      .sort();
  return same(texts(a), texts(b));
}

function sameContent(a: EndpointSlice, b: EndpointSlice): boolean {
  return same(a.metadata.labels ?? {}, b.metadata.labels ?? {}) && same(a.endpoints ?? [], b.endpoints ?? []);
}

function labelsOf(service: Service): StringMap {
  const headless = service.spec.clusterIP === "None";
  return {
    ...service.metadata.labels,
    ...(headless ? { [headlessLabel]: "" } : {}),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: managerName,
  };
}

function sliceBody(
  service: Service,
  addressType: AddressType,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: labelsOf(service),
      ownerReferences: [controlledBy(service)],
    },
    addressType,
    endpoints,
    ports,
  };
}
