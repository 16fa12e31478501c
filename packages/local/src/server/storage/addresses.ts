import { stringAt } from "../json/json.ts";
import type { Storage } from "./storage.ts";

/** The cluster addresses that Services hold. */
export interface Addresses {
  /** A free address of 10.96.0.0/16, or `undefined` when all are taken. */
  free(): string | undefined;
  taken(address: string): boolean;
  close(): void;
}

const servicesKey = "services.";
const hosts = 65_534;

export const createAddresses = (storage: Storage): Addresses => {
  const taken = new Set(storage.list(servicesKey).map((service) => stringAt(service, "spec", "clusterIP")));
  let nextHost = 1;
  const close = storage.subscribe(servicesKey, ({ type, object, previous }) => {
    taken.delete(stringAt(previous, "spec", "clusterIP"));
    if (type !== "DELETED") taken.add(stringAt(object, "spec", "clusterIP"));
  });
  return {
    free: () => {
      for (let tried = 0; tried < hosts; tried += 1) {
        nextHost = (nextHost % hosts) + 1;
        const address = `10.96.${nextHost >>> 8}.${nextHost & 255}`;
        if (!taken.has(address)) return address;
      }
      return undefined;
    },
    taken: (address) => taken.has(address),
    close,
  };
};
