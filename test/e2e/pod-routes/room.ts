import { expect, onTestFinished, vi } from "vitest";

import { resourceTypes } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";

import { ask } from "./ask.ts";
import type { Answer, Question } from "./ask.ts";
import { becomes, eventually, patience } from "./rig.ts";
import type { OpenGateway, PodRouteRig } from "./rig.ts";

export type Kind = keyof typeof resourceTypes;

export const childKinds = ["Service", "EndpointSlice", "HTTPRoute"] as const;

/** A namespace with a Gateway of its own, and what the stories do in it. */
export interface Room {
  readonly name: string;
  readonly gateway: OpenGateway;
  ask(path: string, question?: Question): Promise<Answer>;
  /** Waits until the path is answered like this. */
  answers(path: string, wanted: object, question?: Question): Promise<void>;
  create(object: KubeObject): Promise<KubeObject>;
  get(kind: Kind, name: string): Promise<KubeObject>;
  patch(kind: Kind, name: string, change: object): Promise<KubeObject>;
  patchStatus(kind: Kind, name: string, status: object): Promise<KubeObject>;
  delete(kind: Kind, name: string): Promise<void>;
  list(kind: Kind): Promise<readonly KubeObject[]>;
  /** Creates the pod and waits until it answers at its path. */
  serving(pod: KubeObject): Promise<KubeObject>;
  /** Of the owner with this uid, as `Kind/name`. */
  childrenOf(uid: string | undefined): Promise<readonly string[]>;
}

/** Opens a room for the test that runs; its end closes the room and deletes all that is in it. */
export async function openRoom(rig: PodRouteRig, name: string): Promise<Room> {
  const { client } = rig;
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  onTestFinished(async () => {
    await client.delete({ apiVersion: "v1", kind: "Namespace", name });
  });
  const gateway = await rig.openGateway(name);
  onTestFinished(() => gateway.close());
  const room = roomIn(rig, name, gateway);
  await room.answers("/", { status: 404 });
  return room;
}

function roomIn({ client }: PodRouteRig, name: string, gateway: OpenGateway): Room {
  const ref = (kind: Kind, of: string): ObjectRef => {
    const { apiVersion } = resourceTypes[kind];
    return { apiVersion, kind, namespace: name, name: of };
  };
  const room: Room = {
    name,
    gateway,
    ask: (path, question) => ask(gateway.url + path, question),
    answers: (path, wanted, question) => becomes(() => room.ask(path, question), wanted),
    create: (object) => client.create({ ...object, metadata: { ...object.metadata, namespace: name } }),
    get: (kind, of) => client.get(ref(kind, of)),
    patch: (kind, of, change) => client.patch(ref(kind, of), change, { type: "merge" }),
    patchStatus: (kind, of, status) =>
      client.patch(ref(kind, of), { status }, { type: "merge", subresource: "status" }),
    delete: async (kind, of) => {
      await client.delete(ref(kind, of));
    },
    list: async (kind) => (await client.list(resourceTypes[kind], { namespace: name })).items,
    serving: async (pod) => {
      // A cluster refuses pods in a namespace whose ServiceAccount it has not made yet.
      const { name } = (await vi.waitFor(() => room.create(pod), patience)).metadata;
      await room.answers(`/${name}/`, { status: 200, said: { pod: name } });
      return room.get("Pod", name);
    },
    childrenOf: async (uid) => {
      const lists = await Promise.all(childKinds.map((kind) => room.list(kind)));
      return lists
        .flat()
        .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    },
  };
  return room;
}

/** Waits until nothing is left that belongs to the owner. */
export async function hasNoChildren(room: Room, uid: string | undefined): Promise<void> {
  await eventually(async () => {
    expect(await room.childrenOf(uid)).toEqual([]);
  });
}
