import { type Runner, type RunnerOptions, startRunner } from "../runner/index.ts";
import { podNetwork } from "./network.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./start-control-plane.ts";

export interface KubernetesOptions extends Omit<ControlPlaneOptions, "address"> {
  /** Which of the ten networks of {@link podNetwork} is the cluster's; 0 unless it is told otherwise. */
  readonly index?: number;
  /** The one node and its pods. False: a cluster without a node. */
  readonly runner?: Omit<RunnerOptions, "onError" | "podCidrs" | "hostIP" | "logTls"> | false;
  /** Told of what failed in the runner and will be tried again. */
  readonly onError?: (error: unknown, about: string) => void;
}

/** A real control plane, with the process runner as its node. */
export interface Kubernetes {
  /** As an administrator. */
  readonly access: ControlPlane["access"];
  /** The same as YAML text. */
  readonly kubeconfig: string;
  readonly controlPlane: ControlPlane;
  /** Undefined in a cluster without a node. */
  readonly runner: Runner | undefined;
  /** Ends everything that was started, the pods' processes included. */
  close(): Promise<void>;
}

/** Starts a control plane and its node. Works only where {@link podNetwork}'s addresses can be bound. Returns when the node is ready. */
export async function startKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  const { index, runner: node = {}, onError = () => undefined, ...rest } = options;
  const { nodeAddress, podCidr } = podNetwork(index);
  const controlPlane = await startControlPlane({ ...rest, address: nodeAddress });
  const { access, kubeconfig } = controlPlane;
  const join = async (nodeOptions: RunnerOptions): Promise<Runner> => {
    const { nodeName = "local" } = nodeOptions;
    const { access: credentials, serving } = await controlPlane.identities.node(nodeName, nodeAddress);
    return startRunner(
      { server: access.server, ca: access.ca, ...credentials },
      { ...nodeOptions, nodeName, podCidrs: [podCidr], hostIP: nodeAddress, logTls: serving, onError },
    );
  };
  try {
    const runner = node === false ? undefined : await join(node);
    return {
      access,
      kubeconfig,
      controlPlane,
      runner,
      async close() {
        await runner?.close();
        await controlPlane.close();
      },
    };
  } catch (error) {
    await controlPlane.close();
    throw error;
  }
}
