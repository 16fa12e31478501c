import { flatMap, groupBy, join, leftJoin } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import type { Member, Slice } from "./parse-endpoint-slice.ts";
import type { Service, ServicePort } from "./parse-service.ts";
import { referenceKey } from "./references.ts";
import type { Reference } from "./references.ts";
import { compare } from "./precedence.ts";
import { targetKey } from "./types.ts";
import type { Endpoint, Target } from "./types.ts";

/** Every Service port that a route refers to, with the endpoints that it has now. */
export function targets(
  refs: Collection<Reference>,
  services: Collection<Service>,
  slices: Collection<Slice>,
): Collection<Target> {
  const wanted = groupBy(refs, {
    name: "wanted-targets",
    by: ({ ref }) => (ref.group === "" && ref.kind === "Service" ? referenceKey(ref) : undefined),
    reduce: (rows) => rows[0]?.[1].ref,
  });
  const ports = flatMap(services, {
    name: "service-ports",
    rows: (service) =>
      new Map(
        service.ports.flatMap((port) =>
          port.protocol === "TCP" ? [[String(port.port), { service, port }] as const] : [],
        ),
      ),
  });
  const found = join(wanted, ports, {
    name: "found-targets",
    leftKey: (ref) => targetKey(ref.namespace, ref.name, ref.port ?? 0),
    rightKey: ({ service, port }) => `${service.key}:${port.port}`,
    row: ({ forGrpc }, { service, port }) => ({ service, port, forGrpc }),
  });
  const members = groupBy(slices, {
    name: "slices-by-service",
    by: (s) => s.service,
    reduce: (rows) => rows.map(([, s]) => s),
  });
  const reached = leftJoin(found, members, {
    name: "reached-targets",
    leftKey: ({ service }) => service.key,
    rightKey: (_, key) => key,
    row: (row, all) => ({ key: keyOf(row), target: targetOf(row, all ?? []) }),
  });
  return groupBy(reached, { name: "targets", by: ({ key }) => key, reduce: (rows) => rows[0]?.[1].target });
}

interface Wanted {
  readonly service: Service;
  readonly port: ServicePort;
  readonly forGrpc: boolean;
}

function keyOf({ service, port, forGrpc }: Wanted): string {
  return targetKey(service.namespace, service.name, port.port, forGrpc);
}

function targetOf({ service, port, forGrpc }: Wanted, slices: readonly Slice[]): Target {
  const preferred = service.preferIPv6 ? "IPv6" : "IPv4";
  const best = new Map<string, Endpoint & { readonly rank: number }>();
  for (const slice of slices) {
    const number = slice.ports.find((p) => p.name === port.name)?.port;
    if (number === undefined) continue;
    for (const member of slice.members) {
      const rank = (member.state === "ready" ? 0 : 2) + (slice.family === preferred ? 0 : 1);
      const known = best.get(member.id);
      if (member.state !== "away" && (known === undefined || better({ rank, ...member }, known)))
        best.set(member.id, {
          id: member.id,
          address: member.address,
          port: number,
          draining: member.state === "draining",
          rank,
        });
    }
  }
  const usable = [...best.values()].some((e) => !e.draining)
    ? [...best.values()].filter((e) => !e.draining)
    : [...best.values()];
  const endpoints = usable.map(({ id, address, port: at, draining }) => ({ id, address, port: at, draining }));
  return {
    service: service.key,
    port: port.port,
    protocol: forGrpc || port.appProtocol === "kubernetes.io/h2c" ? "h2c" : "http1",
    endpoints: endpoints.toSorted((a, b) => compare(a.id, b.id)),
  };
}

/** A pod that two slices tell of (families, or a move from slice to slice) counts once, by its best state and the Service's first family. */
function better(
  a: Pick<Member, "address"> & { rank: number },
  b: Pick<Endpoint, "address"> & { rank: number },
): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.address < b.address);
}
