import type { KubeObject } from "@headgate/api";
import { OpError, refOf, resourceTypes } from "@headgate/api";
import { listAll } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { nameOf } from "../../e2e/endpointslice-operator/names.ts";
import type { Chance } from "../kube/chance.ts";
import { pick } from "../kube/chance.ts";
import { insist } from "../kubernetes/insist.ts";

const serviceNames = ["a", "b", "c"];
const ports = [80, 443];

function service(name: string, random: Chance): KubeObject {
  const annotations = random() < 0.7 ? { "dcontroller.io/endpointslice-controller-enabled": "" } : {};
  const chosen = ports.filter(() => random() < 0.8);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", annotations },
    spec: {
      type: "ClusterIP",
      ports: (chosen.length === 0 ? [80] : chosen).map((port) => ({
        name: `p${port}`,
        protocol: "TCP",
        port,
        targetPort: port,
      })),
    },
  };
}

function slice(name: string, of: string, random: Chance): KubeObject {
  const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].filter(() => random() < 0.6);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": of } },
    addressType: "IPv4",
    ports: [],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: random() < 0.8 } })),
  };
}

/** One thing that happens to Services and EndpointSlices of the namespace default, made until a sound API server has it. */
export async function act(client: Client, random: Chance): Promise<void> {
  const of = pick(serviceNames, random);
  const object = random() < 0.4 ? service(of, random) : slice(`${of}-${pick(["x", "y"], random)}`, of, random);
  const done = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await insist(work);
      return true;
    } catch (error) {
      if (error instanceof OpError && (error.code === "NOT_FOUND" || error.code === "ALREADY_EXISTS")) return false;
      throw error;
    }
  };
  if (random() < 0.3) await done(() => client.delete(refOf(object)));
  else if (!(await done(() => client.create(object)))) {
    await insist(async () => {
      const { metadata } = await client.get(refOf(object));
      await client.replace({ ...object, metadata: { ...metadata, ...object.metadata } });
    });
  }
}

/** The names of what there should be in the view, by plain loops over what there is in the cluster. */
export async function wanted(client: Client): Promise<readonly string[]> {
  const services = (await listAll(client, resourceTypes.Service)).items as readonly (KubeObject & {
    readonly spec: { readonly ports: readonly { readonly port: number }[] };
  })[];
  const slices = (await listAll(client, resourceTypes.EndpointSlice)).items as readonly (KubeObject & {
    /** Absent or null when there is none. */
    readonly endpoints?:
      readonly { readonly addresses: readonly string[]; readonly conditions: { ready?: boolean } }[] | null;
  })[];
  const names = new Set<string>();
  for (const { metadata, spec: of } of services) {
    if (metadata.annotations?.["dcontroller.io/endpointslice-controller-enabled"] === undefined) continue;
    for (const { metadata: meta, endpoints } of slices)
      if (meta.labels?.["kubernetes.io/service-name"] === metadata.name)
        for (const { addresses, conditions } of endpoints ?? [])
          for (const address of conditions.ready === true ? addresses : [])
            for (const { port } of of.ports) {
              const rest = { protocol: "TCP", serviceName: metadata.name, targetPort: port, type: "ClusterIP" };
              names.add(nameOf({ address, port, ...rest }));
            }
  }
  return [...names].toSorted();
}
