import { arch, cpus, hostname, release, totalmem, type } from "node:os";
import { type Api, hasStatus } from "../client/api.ts";
import { type Clock, pause } from "../client/clock.ts";
import { conditionOf, timestamp } from "../client/object.ts";
import { resources } from "../client/resource.ts";

export interface NodeSpec {
  readonly nodeName: string;
  readonly hostIP: string;
  readonly logPort: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly maxPods: number;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export interface Registration {
  /** Says that the node is no longer there. */
  close(): Promise<void>;
}

const leaseNamespace = "kube-node-lease";
const leaseSeconds = 40;
const renewMs = 10_000;
/** How many renewals of the Lease there are to one of the status. */
const statusEvery = 6;

/** Makes the Node and its Lease, and keeps both fresh until closed. */
export async function registerNode(api: Api, spec: NodeSpec): Promise<Registration> {
  const { clock, nodeName, onError } = spec;
  const closing = new AbortController();
  const target = { name: nodeName };
  const began = clock.now();
  let turned = began;
  let saidReady: boolean | undefined;
  const sayStatus = async (ready: boolean): Promise<string> => {
    if (saidReady !== ready) turned = clock.now();
    saidReady = ready;
    const patch = { status: nodeStatus(spec, ready, { began, turned }) };
    const options = { type: "strategic", subresource: "status" } as const;
    try {
      return (await api.patch(resources.nodes, target, patch, options)).metadata.uid;
    } catch (error) {
      if (!hasStatus(error, 404) || !ready) throw error;
      await api.create(resources.nodes, "", nodeBody(spec));
      return (await api.patch(resources.nodes, target, patch, options)).metadata.uid;
    }
  };
  /** Others say of a node that was not heard of for a while that it is lost. */
  const isSaidReady = async (): Promise<boolean> => {
    try {
      const { status } = await api.get(resources.nodes, target);
      return conditionOf(status?.conditions, "Ready")?.status === "True";
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      throw error;
    }
  };
  let uid = await sayStatus(true);
  await api.patch(resources.nodes, target, { metadata: { labels: nodeLabels(spec) } });
  await renewLease(api, spec, uid);
  const beat = async (): Promise<void> => {
    for (let count = 1; ; count += 1) {
      await pause(clock, renewMs, closing.signal);
      if (closing.signal.aborted) return;
      try {
        if (count % statusEvery === 0 || !(await isSaidReady())) uid = await sayStatus(true);
        await renewLease(api, spec, uid);
      } catch (error) {
        onError(error);
      }
    }
  };
  const beating = beat();
  return {
    async close() {
      closing.abort();
      await beating;
      try {
        await sayStatus(false);
      } catch (error) {
        onError(error);
      }
    },
  };
}

function nodeLabels({ nodeName, labels }: NodeSpec): Record<string, string> {
  const system = {
    "kubernetes.io/os": type().toLowerCase(),
    "kubernetes.io/arch": arch() === "x64" ? "amd64" : arch(),
  };
  return { "kubernetes.io/hostname": nodeName, ...system, ...labels };
}

function nodeBody(spec: NodeSpec): object {
  return { apiVersion: "v1", kind: "Node", metadata: { name: spec.nodeName, labels: nodeLabels(spec) }, spec: {} };
}

/** `turned`: when the node became ready, or ceased to be. */
function nodeStatus(spec: NodeSpec, ready: boolean, { began, turned }: { began: number; turned: number }): object {
  const { hostIP, logPort, maxPods, clock } = spec;
  const at = timestamp(clock.now());
  const amounts = { cpu: String(cpus().length), memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: String(maxPods) };
  const condition = (name: string, status: boolean, reason: string): object => ({
    type: name,
    status: status ? "True" : "False",
    reason,
    message: "",
    lastHeartbeatTime: at,
    lastTransitionTime: timestamp(name === "Ready" ? turned : began),
  });
  return {
    capacity: amounts,
    allocatable: amounts,
    conditions: [
      condition("MemoryPressure", false, "NotChecked"),
      condition("DiskPressure", false, "NotChecked"),
      condition("PIDPressure", false, "NotChecked"),
      condition("Ready", ready, ready ? "RunnerReady" : "RunnerStopped"),
    ],
    addresses: [
      { type: "InternalIP", address: hostIP },
      { type: "Hostname", address: hostname() },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: logPort } },
    nodeInfo: {
      architecture: arch() === "x64" ? "amd64" : arch(),
      bootID: "",
      containerRuntimeVersion: `process://${process.version.slice(1)}`,
      kernelVersion: release(),
      kubeProxyVersion: "",
      kubeletVersion: "v1.36.0-local",
      machineID: "",
      operatingSystem: type().toLowerCase(),
      osImage: type(),
      systemUUID: "",
    },
  };
}

async function renewLease(api: Api, { nodeName, clock }: NodeSpec, uid: string): Promise<void> {
  const renewTime = new Date(clock.now()).toISOString().replace("Z", "000Z");
  const target = { namespace: leaseNamespace, name: nodeName };
  const spec = { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime };
  try {
    await api.patch(resources.leases, target, { spec });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: nodeName, uid }];
    const metadata = { ...target, ownerReferences };
    await api.create(resources.leases, leaseNamespace, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata,
      spec,
    });
  }
}
