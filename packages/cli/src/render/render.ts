import { identityKey, nameKey, refOf } from "@headgate/api";
import type { Desired, DesiredStatus, KubeObject, Notice, PodRouteSettings, Refused } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { load, pipeline } from "@headgate/operator";
import { endpointPolicyKinds } from "@headgate/views/endpoint-policy";
import { podRouteKinds } from "@headgate/views/pod-routes";
import { defaultControllerName, routeTable } from "@headgate/views/route-table";
import { asAccepted, asAvailable, assumption, withNamespace, withStandIns } from "./stand-ins.ts";

export interface RenderSettings {
  readonly podRoutes: PodRouteSettings;
  /** The controller name of the GatewayClasses whose statuses are computed; Headgate's own when left out. */
  readonly gatewayController?: string;
}

/** What Headgate would make of some objects. Everything is in an order that depends on nothing but the objects. */
export interface Rendered {
  /** What was given, each in its namespace. */
  readonly given: readonly KubeObject[];
  /** What would be made; of an owner with a refused object nothing is. */
  readonly objects: readonly KubeObject[];
  /** The statuses that given and desired objects would get, as far as they differ from what is given. */
  readonly statuses: readonly DesiredStatus[];
  readonly refusals: readonly Refused[];
  /** The warnings that are no refusals, such as a missing Gateway. */
  readonly notices: readonly Notice[];
  /** What was assumed for lack of a cluster, in sentences. */
  readonly assumptions: readonly string[];
}

/** Computes, without a cluster, what the operator and the proxy would make of these objects, no two of them of one identity. Pure. */
export function render(given: readonly KubeObject[], settings: RenderSettings): Rendered {
  const objects = given.map(withStandIns);
  const { desired, statuses, refusals, notices, assumed } = decisionsOn(objects, settings.podRoutes);
  const made = desired.map(({ object }) => object).toSorted(byPlace);
  const refused = refusals.toSorted(
    (a, b) => compare(nameKey(a.about), nameKey(b.about)) || compare(a.refusal.message, b.refusal.message),
  );
  return {
    given: given.map(withNamespace),
    objects: made,
    statuses: [
      ...statusesOf([...objects, ...made], settings.gatewayController ?? defaultControllerName),
      ...statuses,
    ].toSorted((a, b) => compare(identityKey(a.target), identityKey(b.target))),
    refusals: refused,
    notices: notices
      .filter(
        ({ about, message }) => !refused.some((one) => one.about.uid === about.uid && one.refusal.message === message),
      )
      .toSorted((a, b) => compare(nameKey(a.about), nameKey(b.about)) || compare(a.message, b.message)),
    assumptions: [...given.flatMap((object) => assumption(object) ?? []), ...assumed].toSorted(),
  };
}

interface Decisions {
  readonly desired: readonly Desired[];
  readonly statuses: readonly DesiredStatus[];
  readonly refusals: readonly Refused[];
  readonly notices: readonly Notice[];
  readonly assumed: readonly string[];
}

/** What the operator would decide; the Deployments that it makes are taken for available and its routes for accepted, so that these are shown as they come to be. */
function decisionsOn(objects: readonly KubeObject[], settings: PodRouteSettings): Decisions {
  const decided = pipeline(settings, { endpointPolicies: true });
  load(decided, objects);
  const given = new Set(objects.map((object) => identityKey(refOf(object))));
  const waited = rows(decided.desired)
    .map(({ object }) => object)
    .filter((object) => object.kind === "Deployment" && !given.has(identityKey(refOf(object))));
  load(decided, waited.map(asAvailable));
  const statuses = rows(decided.statuses);
  const routes = rows(decided.desired).map(({ object }) => object);
  load(
    decided,
    routes.flatMap((route) => asAccepted(route) ?? []),
  );
  return {
    desired: rows(decided.desired),
    statuses,
    refusals: rows(decided.refusals),
    notices: rows(decided.notices),
    assumed: waited.map(
      ({ metadata }) => `Deployment ${nameKey(metadata)} does not exist: shown as if it were available`,
    ),
  };
}

function statusesOf(objects: readonly KubeObject[], controllerName: string): readonly DesiredStatus[] {
  const engine = graph();
  const { inputs, outputs } = mount(engine, routeTable({ controllerName, addresses: [] }));
  const inputOf = new Map([
    ["GatewayClass", inputs.gatewayClasses],
    ["Gateway", inputs.gateways],
    ["HTTPRoute", inputs.httpRoutes],
    ["GRPCRoute", inputs.grpcRoutes],
    ["Service", inputs.services],
    ["EndpointSlice", inputs.endpointSlices],
    ["ReferenceGrant", inputs.referenceGrants],
    ["Namespace", inputs.namespaces],
  ]);
  engine.turn((turn) => {
    for (const object of objects) {
      const input = inputOf.get(object.kind);
      if (input !== undefined) turn.set(input, nameKey(object.metadata), object);
    }
  });
  return rows(outputs.statuses);
}

function rows<R>(collection: Collection<R>): readonly R[] {
  return [...collection.entries()].map(([, row]) => row);
}

const order: readonly string[] = [
  ...new Set<string>([...endpointPolicyKinds.slice(0, -2), ...podRouteKinds, ...endpointPolicyKinds]),
];

/** By namespace and name, and of one name the backends before the route. */
function byPlace(a: KubeObject, b: KubeObject): number {
  const rank = ({ kind }: KubeObject): number => order.indexOf(kind);
  return compare(nameKey(a.metadata), nameKey(b.metadata)) || rank(a) - rank(b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
