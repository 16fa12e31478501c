import type { KubeObject, ObjectRef } from "@headgate/api";
import { refOf, resourceTypes } from "@headgate/api";
import { listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { expect } from "vitest";
import type { Chance } from "../kube/chance.ts";
import { chance, pick } from "../kube/chance.ts";
import { insist, unless } from "../kubernetes/insist.ts";
import { copiesOperator, groupsOperator, namespace } from "./operators.ts";

/** People at work on what pipelines read and write. */
export interface PipelineChurn {
  /** One change, which the seed and its number decide; returns when it has happened. */
  readonly step: () => Promise<void>;
  readonly steps: number;
  /** Fails unless everything is as a plain computation says, and what others made is as they made it. */
  readonly check: () => Promise<void>;
}

const names = Array.from({ length: 8 }, (_, index) => `c${String(index)}`);
const groups = ["red", "green", "blue"];
const suffixes = ["copy", "twin"];
const secrets = { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true } as const;
const configs = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true } as const;
/** What makes an object look like ours to whoever believes labels. */
const disguise = {
  "app.kubernetes.io/managed-by": "headgate-pipelines",
  "dcontroller.io/operator": "copies",
  "dcontroller.io/controller": "copy",
};

const ref = (kind: string, name: string): ObjectRef => ({ apiVersion: "v1", kind, namespace, name });

/** `clientOf` gives a client of an administrator; another one each time, if need be. */
export function pipelineChurn(clientOf: () => Client, seed: number): PipelineChurn {
  const foreign = new Map<string, KubeObject>();
  let steps = 0;

  /** Makes it, or gives what is there. */
  const put = async (object: KubeObject): Promise<KubeObject | undefined> =>
    (await unless(["ALREADY_EXISTS"], () => clientOf().create(object, { manager: "people" }))) ??
    (await unless(["NOT_FOUND"], () => clientOf().get(refOf(object))));
  const remove = (of: ObjectRef, uid?: string): Promise<unknown> =>
    unless(["NOT_FOUND", "CONFLICT"], () => clientOf().delete(of, uid === undefined ? {} : { uid }));
  const patch = (of: ObjectRef, body: object): Promise<unknown> =>
    unless(["NOT_FOUND"], () => clientOf().patch(of, body, { type: "merge", manager: "people" }));

  const config = async (random: Chance): Promise<void> => {
    const of = ref("ConfigMap", pick(names, random));
    const labels = { take: random() < 0.8 ? "yes" : "no" };
    const data = { group: pick(groups, random) };
    if (random() < 0.3) await remove(of);
    else {
      await put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: of.name, namespace, labels }, data });
      await patch(of, { metadata: { labels }, data });
    }
  };
  const service = async (random: Chance): Promise<void> => {
    const of = ref("Service", pick(["web", "api", "old"], random));
    const labels = { group: pick([...groups, "none"], random) };
    if (random() < 0.2) await remove(of);
    else {
      const metadata = { name: of.name, namespace, labels, annotations: { mine: "stays" } };
      await put({ apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } });
      await patch(of, { metadata: { labels } });
    }
  };
  /** Someone else's Secret where one of ours is or may be wanted. */
  const squat = async (random: Chance): Promise<void> => {
    const of = ref("Secret", `${pick(names, random)}-${pick(suffixes, random)}`);
    const labels = random() < 0.5 ? disguise : {};
    const known = foreign.get(of.name);
    if (known !== undefined) {
      await unchanged(known);
      await remove(of);
      foreign.delete(of.name);
      return;
    }
    const stringData = { theirs: String(steps) };
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name: of.name, namespace, labels }, stringData };
    const there = await put(object);
    const data = there?.["data"] as Readonly<Record<string, string>> | undefined;
    if (there !== undefined && data?.["theirs"] !== undefined) foreign.set(of.name, there);
  };
  const meddle = async (random: Chance): Promise<void> => {
    const name = `${pick(names, random)}-${pick(suffixes, random)}`;
    if (foreign.has(name)) return;
    const there = await unless(["NOT_FOUND"], () => clientOf().get(ref("Secret", name)));
    if (there === undefined) return;
    const { uid = "" } = there.metadata;
    if (random() < 0.5) await remove(ref("Secret", name), uid);
    else {
      const body = { metadata: { uid }, stringData: { group: "wrong" } };
      await unless(["NOT_FOUND", "CONFLICT", "INVALID"], () =>
        clientOf().patch(ref("Secret", name), body, { type: "merge", manager: "people" }),
      );
    }
    // A value of theirs would be theirs to take away.
    await patch(ref("Service", "web"), { metadata: { annotations: { members: null } } });
  };
  const operator = async (random: Chance): Promise<void> => {
    const wanted = random() < 0.3 ? groupsOperator : copiesOperator(pick(suffixes, random));
    if (random() < 0.25) await remove(refOf(wanted));
    else {
      await put(wanted);
      await patch(refOf(wanted), { spec: wanted.spec });
    }
  };
  const unchanged = async (object: KubeObject): Promise<void> => {
    expect(await unless(["NOT_FOUND"], () => clientOf().get(refOf(object)))).toEqual(object);
  };

  return {
    get steps() {
      return steps;
    },
    step: async () => {
      const random = chance(seed, `step ${String(++steps)}`);
      const deed = random();
      if (deed < 0.5) await config(random);
      else if (deed < 0.7) await service(random);
      else if (deed < 0.82) await squat(random);
      else if (deed < 0.92) await meddle(random);
      else await operator(random);
    },
    check: async () => {
      for (const object of foreign.values()) await unchanged(object);
      const list = async (type: Parameters<typeof listAll>[1]): Promise<readonly KubeObject[]> =>
        (await insist(() => listAll(clientOf(), type, { namespace }))).items;
      const operators = (await insist(() => listAll(clientOf(), resourceTypes.Operator))).items;
      expect(operators.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
      const [made, there] = [wantedSecrets(operators, await list(configs)), await list(secrets)];
      for (const name of foreign.keys()) made.delete(name);
      const own = there.filter(({ metadata }) => !foreign.has(metadata.name));
      expect(new Map(own.map((one) => [one.metadata.name, one["data"]]))).toEqual(made);
      const services = (await list(resourceTypes.Service)).map(({ metadata }) => [metadata.name, metadata.annotations]);
      expect(services).toEqual(wantedServices(operators, await list(configs), await list(resourceTypes.Service)));
    },
  };
}

type Config = KubeObject & { readonly data: { readonly group: string } };

function taken(objects: readonly KubeObject[]): readonly Config[] {
  return objects.filter(({ metadata }) => metadata.labels?.["take"] === "yes") as Config[];
}

/** The Secrets that there should be, by loops. */
function wantedSecrets(operators: readonly KubeObject[], objects: readonly KubeObject[]): Map<string, unknown> {
  const text = JSON.stringify(operators.find(({ metadata }) => metadata.name === "copies")?.spec ?? {});
  const suffix = suffixes.find((one) => text.includes(`"-${one}"`));
  if (suffix === undefined) return new Map();
  return new Map(
    taken(objects).map(({ metadata, data }) => [
      `${metadata.name}-${suffix}`,
      { group: Buffer.from(data.group).toString("base64") },
    ]),
  );
}

/** The annotations that Services should have, by loops. */
function wantedServices(
  operators: readonly KubeObject[],
  objects: readonly KubeObject[],
  services: readonly KubeObject[],
): unknown {
  const isServed = operators.some(({ metadata }) => metadata.name === "groups");
  return services.map(({ metadata }) => {
    const group = metadata.labels?.["group"];
    const members = taken(objects).filter(({ data }) => data.group === group);
    const text = members.map((one) => one.metadata.name).toSorted();
    const told = isServed && text.length > 0 ? { members: text.join("") } : {};
    return [metadata.name, { mine: "stays", ...told }];
  });
}
