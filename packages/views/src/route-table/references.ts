import { antiJoin, filter, flatMap, groupBy, leftJoin, map } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import type { BackendRef, HttpRoute } from "./parse-http-route.ts";
import type { Grant } from "./parse-grant.ts";
import type { Service } from "./parse-service.ts";
import { targetKey } from "./types.ts";
import type { RouteKind } from "./types.ts";

/** One thing that a route refers to as a backend, once however often it does. */
export interface Reference {
  readonly route: string;
  readonly fromKind: RouteKind;
  readonly fromNamespace: string;
  readonly ref: Pick<BackendRef, "group" | "kind" | "namespace" | "name" | "port" | "forGrpc">;
}

/** Why a reference can't be followed: a reason of the `ResolvedRefs` condition, and a sentence. */
export interface Problem {
  readonly reference: string;
  readonly reason: string;
  readonly message: string;
}

/** Names a reference within its route. */
export function referenceKey({ group, kind, namespace, name, port, forGrpc }: Reference["ref"]): string {
  return group === "" && kind === "Service"
    ? targetKey(namespace, name, port ?? 0, forGrpc)
    : `${group}/${kind}/${namespace}/${name}`;
}

/** Every backend that a route names. */
export function references(routes: Collection<HttpRoute>): Collection<Reference> {
  return flatMap(routes, {
    name: "references",
    rows: ({ key, kind: fromKind, namespace, rules }) => {
      const refs = rules.flatMap(({ backends }) => backends);
      return new Map(
        refs.map(({ group, kind, namespace: to, name, port, forGrpc }) => {
          const ref = { group, kind, namespace: to, name, port, forGrpc };
          return [referenceKey(ref), { route: key, fromKind, fromNamespace: namespace, ref }] as const;
        }),
      );
    },
  });
}

/** For each route that has any, the problems with its references, in order of their keys. */
export function referenceProblems(
  refs: Collection<Reference>,
  services: Collection<Service>,
  grants: Collection<Grant>,
): Collection<readonly Problem[]> {
  const foreign = filter(refs, { name: "foreign-references", where: (r) => r.fromNamespace !== r.ref.namespace });
  const forbidden = antiJoin(foreign, grants, {
    name: "forbidden-references",
    leftKey: (r) => `${r.fromKind} ${r.fromNamespace}>${r.ref.namespace}`,
    rightKey: (g) => `${g.fromKind} ${g.fromNamespace}>${g.toNamespace}`,
    where: (r, g) => isService(r) && (g.service ?? r.ref.name) === r.ref.name,
  });
  const marked = leftJoin(refs, map(forbidden, { name: "forbidden-marks", row: () => true }), {
    name: "permitted-references",
    leftKey: (_, key) => key,
    rightKey: (_, key) => key,
    row: (reference, isForbidden) => ({ reference, forbidden: isForbidden === true }),
  });
  const judged = leftJoin(marked, services, {
    name: "resolved-references",
    leftKey: ({ reference }) => (isService(reference) ? `${reference.ref.namespace}/${reference.ref.name}` : undefined),
    rightKey: (_, key) => key,
    row: (mark, service) => ({ route: mark.reference.route, problem: judge(mark, service) }),
  });
  return groupBy(judged, {
    name: "reference-problems",
    by: ({ route, problem }) => (problem === undefined ? undefined : route),
    reduce: (rows) => rows.flatMap(([, { problem }]) => problem ?? []),
  });
}

function isService({ ref }: Reference): boolean {
  return ref.group === "" && ref.kind === "Service";
}

interface Mark {
  readonly reference: Reference;
  readonly forbidden: boolean;
}

/** A forbidden reference is said to be forbidden whether its Service exists or not: existence is not for others to find out. */
function judge({ reference, forbidden }: Mark, service: Service | undefined): Problem | undefined {
  const { kind, group, namespace, name, port } = reference.ref;
  const problem = (reason: string, message: string): Problem => ({
    reference: referenceKey(reference.ref),
    reason,
    message,
  });
  const what = `${kind} ${namespace}/${name}`;
  if (!isService(reference))
    return problem(
      "InvalidKind",
      `${group === "" ? kind : `${group}/${kind}`} is not a kind of backend; use a Service.`,
    );
  if (forbidden)
    return problem(
      "RefNotPermitted",
      `No ReferenceGrant in ${namespace} lets ${reference.fromKind}s of ${reference.fromNamespace} refer to ${what}.`,
    );
  if (service === undefined) return problem("BackendNotFound", `${what} does not exist.`);
  if (service.type === "ExternalName")
    return problem("BackendNotFound", `${what} is an ExternalName, which has no endpoints.`);
  const onPort = service.ports.filter((p) => p.port === port);
  const found = onPort.find((p) => p.protocol === "TCP") ?? onPort[0];
  if (found === undefined) return problem("BackendNotFound", `${what} has no port ${port ?? "(none given)"}.`);
  if (found.protocol !== "TCP")
    return problem("UnsupportedProtocol", `Port ${found.port} of ${what} is ${found.protocol}; HTTP needs TCP.`);
  return needsTls.has(found.appProtocol?.toLowerCase() ?? "")
    ? problem("UnsupportedProtocol", `Port ${found.port} of ${what} has appProtocol ${found.appProtocol}.`)
    : undefined;
}

/** Values of `appProtocol` that say TLS, which is not spoken to backends. Any other value that is unknown counts as plain HTTP. */
const needsTls: ReadonlySet<string> = new Set(["https", "tls", "kubernetes.io/wss"]);
