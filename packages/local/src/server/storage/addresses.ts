import { listAt, objectsAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Storage } from "./storage.ts";

/** The cluster addresses and node ports that Services hold. */
export interface Addresses {
  /** A free address of 10.96.0.0/16, or `undefined` when all are taken. */
  freeAddress(): string | undefined;
  addressTaken(address: string): boolean;
  /** A free port of 30000-32767 that is not in `besides`. */
  freePort(besides: ReadonlySet<number>): number | undefined;
  close(): void;
}

const servicesKey = "services.";
const firstPort = 30_000;
const ports = 2768;
const hosts = 65_534;

const addressAt = (host: number): string => `10.96.${host >>> 8}.${host & 255}`;

export const createAddresses = (storage: Storage): Addresses => {
  const taken = new Set<string | number>();
  let nextHost = 1;

  const heldBy = (service: KubeObject): (string | number)[] =>
    [
      ...listAt(service, "spec", "clusterIPs").filter((address) => typeof address === "string" && address !== "None"),
      ...objectsAt(service, "spec", "ports").flatMap((port) =>
        typeof port["nodePort"] === "number" ? [port["nodePort"]] : [],
      ),
      ...[stringAt(service, "spec", "clusterIP") ?? "None"].filter((address) => address !== "None"),
    ] as (string | number)[];
  const take = (service: KubeObject): void => {
    for (const held of heldBy(service)) taken.add(held);
  };
  storage.list(servicesKey).forEach(take);
  const close = storage.subscribe(servicesKey, ({ type, object, previous }) => {
    for (const held of previous ? heldBy(previous) : []) taken.delete(held);
    if (type !== "DELETED") take(object);
  });

  return {
    freeAddress: () => {
      for (let tried = 0; tried < hosts; tried += 1) {
        nextHost = (nextHost % hosts) + 1;
        const address = addressAt(nextHost);
        if (!taken.has(address)) return address;
      }
      return undefined;
    },
    addressTaken: (address) => taken.has(address),
    freePort: (besides) => {
      for (let port = firstPort; port < firstPort + ports; port += 1)
        if (!taken.has(port) && !besides.has(port)) return port;
      return undefined;
    },
    close,
  };
};
