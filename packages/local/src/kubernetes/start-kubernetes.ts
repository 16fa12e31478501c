import { type Metrics, metricsService, startMetrics } from "../metrics/index.ts";
import { type Runner, type RunnerOptions, startRunner } from "../runner/index.ts";
import { podNetwork } from "./network.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./start-control-plane.ts";

export interface KubernetesOptions extends Omit<ControlPlaneOptions, "address"> {
  /** Which of the ten networks of {@link podNetwork} is the cluster's; 0 unless it is told otherwise. */
  readonly index?: number;
  /** The one node and its pods. False: a cluster without a node. */
  readonly runner?: Omit<RunnerOptions, "onError" | "podCidrs" | "hostIP" | "logTls"> | false;
  /** A metrics API of the node and its pods, measured every so often; `{}` unless told otherwise. There is none without a node. */
  readonly metrics?: { readonly resolutionMs?: number } | false;
  /** Told of what failed in the runner and will be tried again. */
  readonly onError?: (error: unknown, about: string) => void;
}

/** A real control plane, with the process runner as its node and a metrics API. */
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

/**
 * Starts a control plane, its node and its metrics API. Works only where {@link podNetwork}'s addresses can be bound. Returns when the
 * node is ready and the metrics API available.
 */
export async function startKubernetes(options: KubernetesOptions): Promise<Kubernetes> {
  const { index, runner: node = {}, metrics: measured = {}, onError = () => undefined, ...rest } = options;
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
  const measure = async (runner: Runner, { resolutionMs }: { resolutionMs?: number }): Promise<Metrics> => {
    const identity = await controlPlane.identities.extension(metricsService);
    const often = resolutionMs === undefined ? {} : { resolutionMs };
    return startMetrics(access, { runner, host: nodeAddress, ...identity, ...often, onError });
  };
  let runner: Runner | undefined;
  let metrics: Metrics | undefined;
  const close = async (): Promise<void> => {
    await metrics?.close();
    await runner?.close();
    await controlPlane.close();
  };
  try {
    if (node !== false) runner = await join(node);
    if (runner !== undefined && measured !== false) metrics = await measure(runner, measured);
    return { access, kubeconfig, controlPlane, runner, close };
  } catch (error) {
    await close();
    throw error;
  }
}
