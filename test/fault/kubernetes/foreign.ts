import type { KubeObject, ObjectRef } from "@headgate/api";
import type { Client } from "@headgate/kube";
import { expect } from "vitest";
import type { Chance } from "../kube/chance.ts";
import { pick } from "../kube/chance.ts";
import { unless } from "./insist.ts";

/** Objects of other people that stand where children of pods might want to be. */
export interface ForeignObjects {
  /** Puts one there unless the place is taken, by whoever. */
  put(random: Chance, name: string): Promise<void>;
  /** Takes one away, after a look at it. */
  take(random: Chance, name: string): Promise<void>;
  /** Fails the test unless each is as it was made. */
  check(): Promise<void>;
  readonly size: number;
}

const kinds = ["Service", "EndpointSlice", "HTTPRoute"] as const;
const mark = { origin: "foreign" };

/** Marks that are almost ours. */
const disguises: readonly Readonly<Record<string, string>>[] = [
  {},
  { "app.kubernetes.io/managed-by": "envoy-router" },
  { "app.kubernetes.io/managed-by": "envoy-router", "headgate.io/instance": "another" },
];

export function isForeign({ metadata }: KubeObject): boolean {
  return metadata.labels?.["origin"] === mark.origin;
}

export function foreignObjects(client: Client, namespace: string): ForeignObjects {
  const made = new Map<string, KubeObject>();
  const keyOf = (kind: string, name: string): string => `${kind} ${name}`;
  const checkOne = async (object: KubeObject): Promise<void> => {
    const now = await unless(["NOT_FOUND"], () => client.get(refTo(object)));
    expect(now).toEqual(object);
  };
  return {
    get size() {
      return made.size;
    },
    put: async (random, name) => {
      const object = foreignObject(pick(kinds, random), { namespace, name }, pick(disguises, random));
      const key = keyOf(object.kind, name);
      if (made.has(key)) return;
      const created = await unless(["ALREADY_EXISTS"], () => client.create(object, { manager: "people" }));
      // An attempt that was not answered may have succeeded.
      const there = created ?? (await unless(["NOT_FOUND"], () => client.get(refTo(object))));
      if (there !== undefined && isForeign(there)) made.set(key, there);
    },
    take: async (random, name) => {
      const key = keyOf(pick(kinds, random), name);
      const object = made.get(key);
      if (object === undefined) return;
      await checkOne(object);
      await unless(["NOT_FOUND"], () => client.delete(refTo(object)));
      made.delete(key);
    },
    check: async () => {
      for (const object of made.values()) await checkOne(object);
    },
  };
}

/** Whoever it is now that has the name. */
function refTo({ apiVersion, kind, metadata: { namespace = "", name } }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace, name };
}

function foreignObject(
  kind: (typeof kinds)[number],
  place: { readonly namespace: string; readonly name: string },
  disguise: Readonly<Record<string, string>>,
): KubeObject {
  const metadata = { ...place, labels: { ...disguise, ...mark } };
  switch (kind) {
    case "Service":
      return { apiVersion: "v1", kind, metadata, spec: { ports: [{ port: 6379 }] } };
    case "EndpointSlice":
      return { apiVersion: "discovery.k8s.io/v1", kind, metadata, addressType: "IPv4", endpoints: [] };
    case "HTTPRoute":
      return { apiVersion: "gateway.networking.k8s.io/v1", kind, metadata, spec: { parentRefs: [{ name: "theirs" }] } };
  }
}
