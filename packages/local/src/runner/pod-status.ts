/** A pod's status, computed from what its containers do. */
import type { ContainerStatus, Pod, PodStatus } from "../client/kinds.ts";
import { type Condition, conditionOf, timestamp } from "../client/object.ts";

export interface PodFacts {
  readonly pod: Pod;
  readonly podIPs: readonly string[];
  readonly hostIP: string;
  readonly startTime: string;
  readonly init: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
  /** All init containers have done their part. */
  readonly initialized: boolean;
  /** No container will run any more. */
  readonly ended: boolean;
  readonly now: number;
}

export function podStatus(facts: PodFacts): PodStatus {
  const { pod, podIPs, hostIP, startTime, init, containers } = facts;
  const { generation } = pod.metadata;
  return {
    phase: phaseOf(facts),
    conditions: conditionsOf(facts),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0] }),
    podIPs: podIPs.map((ip) => ({ ip })),
    startTime,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: containers,
  };
}

/** A strategic merge patch that makes a pod's status say this, where it said anything before. */
export function statusPatch(uid: string, status: PodStatus): object {
  const { conditions = [], hostIPs = [], podIPs = [], ...rest } = status;
  // Addresses merge by their value: another one would be added to those of before.
  const only = { $patch: "replace" };
  return {
    metadata: { uid },
    status: {
      ...rest,
      hostIPs: [...hostIPs, only],
      podIPs: [...podIPs, only],
      // What a condition no longer gives a reason for would keep the old one.
      conditions: conditions.map((condition) => ({ reason: null, message: null, ...condition })),
    },
  };
}

function phaseOf({ init, containers, initialized, ended }: PodFacts): string {
  const failed = (status: ContainerStatus): boolean => (status.state.terminated?.exitCode ?? 0) !== 0;
  if (ended) {
    const unfinished = containers.some(({ state }) => state.terminated === undefined);
    return unfinished || [...init, ...containers].some(failed) ? "Failed" : "Succeeded";
  }
  const neverRan = containers.some(({ state, restartCount }) => state.waiting !== undefined && restartCount === 0);
  return !initialized || neverRan ? "Pending" : "Running";
}

function conditionsOf(facts: PodFacts): Condition[] {
  const { pod, containers, init, initialized, ended, now } = facts;
  const before = pod.status?.conditions;
  const at = timestamp(now);
  const condition = (type: string, ok: boolean, why?: { reason: string; message?: string }): Condition => {
    const status = ok ? "True" : "False";
    const known = conditionOf(before, type);
    const lastTransitionTime = known?.status === status ? (known.lastTransitionTime ?? at) : at;
    return { type, status, lastTransitionTime, ...(ok ? {} : why) };
  };
  const succeeded = ended && phaseOf(facts) === "Succeeded";
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const uninitialized = init.filter(({ state }) => state.terminated?.exitCode !== 0).map(({ name }) => name);
  const notReady = succeeded
    ? { reason: "PodCompleted" }
    : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
  const gates = (pod.spec.readinessGates ?? [])
    .map(({ conditionType }) => conditionType)
    .filter((type) => conditionOf(before, type)?.status !== "True");
  const containersReady = initialized && unready.length === 0 && !ended;
  return [
    condition("PodScheduled", true),
    condition("Initialized", initialized, {
      reason: "ContainersNotInitialized",
      message: `containers with incomplete status: [${uninitialized.join(" ")}]`,
    }),
    condition("ContainersReady", containersReady, notReady),
    condition(
      "Ready",
      containersReady && gates.length === 0,
      containersReady
        ? {
            reason: "ReadinessGatesNotReady",
            message: `the status of pod readiness gate "${gates[0] ?? ""}" is not "True"`,
          }
        : notReady,
    ),
  ];
}
