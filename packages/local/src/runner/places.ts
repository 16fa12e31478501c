import { once } from "node:events";
import * as net from "node:net";
import { type AddressPool, addressPool } from "./addresses.ts";
import type { Pod } from "../client/kinds.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a pod lives. */
export interface Place {
  /** As its status says them. */
  readonly podIPs: readonly string[];
  /** Where its process listens for connections to one of its ports, and where it is reached. */
  readonly listen: (port: number) => Address;
}

/** Gives pods their addresses. */
export interface Places {
  take(pod: Pod): Promise<Place>;
  give(place: Place): void;
  /** Where a connection to an address and port of a pod must go. */
  readonly reach: (address: string, port: number) => Address;
}

/**
 * `direct`: each pod has an address that can be bound, as every 127.x address on Linux. `mapped`: pods listen on free ports
 * of 127.0.0.1, and whoever connects must ask {@link Places.reach}.
 */
export type Addressing = "direct" | "mapped";

export function places(cidrs: readonly string[], addressing: Addressing): Places {
  const pools: readonly AddressPool[] = cidrs.map(addressPool);
  const mappings = new Map<string, Map<number, number>>();
  const taken = new Set<number>();
  const reach = (address: string, port: number): Address => {
    const mapping = mappings.get(address);
    return mapping === undefined ? { host: address, port } : { host: "127.0.0.1", port: mapping.get(port) ?? port };
  };
  return {
    async take(pod) {
      const before = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
      const podIPs = pools.map((pool, index) => pool.take(before[index]));
      const first = podIPs[0] ?? "127.0.0.1";
      if (addressing === "mapped") mappings.set(first, await freePorts(pod, taken));
      return { podIPs, listen: (port) => reach(first, port) };
    },
    give({ podIPs }) {
      for (const [index, pool] of pools.entries()) {
        const address = podIPs[index];
        if (address === undefined) continue;
        pool.give(address);
        for (const port of mappings.get(address)?.values() ?? []) taken.delete(port);
        mappings.delete(address);
      }
    },
    reach,
  };
}

/**
 * Below the ports that Linux and macOS give to connections and to listeners that ask for any: those are handed out again so soon that
 * another process may have one before the pod binds it.
 */
const portsFrom = 20_000;
const portsBelow = 32_000;

async function freePorts(pod: Pod, taken: Set<number>): Promise<Map<number, number>> {
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
  const mapping = new Map<number, number>();
  for (const port of declared.length > 0 ? declared : [8080]) mapping.set(port, await freePort(taken));
  return mapping;
}

async function freePort(taken: Set<number>): Promise<number> {
  const size = portsBelow - portsFrom;
  const first = Math.floor(Math.random() * size);
  for (let i = 0; i < size; i += 1) {
    const port = portsFrom + ((first + i) % size);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
  throw new Error(`no port of 127.0.0.1 from ${portsFrom} to ${portsBelow - 1} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
