import { at, type JsonObject, numberAt, objectsAt, stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import { since } from "./age.ts";

const conditionIs = (pod: KubeObject, type: string): boolean =>
  objectsAt(pod, "status", "conditions").some(
    (condition) => condition["type"] === type && condition["status"] === "True",
  );

const endedText = (status: JsonObject): string | undefined => {
  const waiting = stringAt(status, "state", "waiting", "reason");
  if (waiting) return waiting;
  const ended = at(status, "state", "terminated");
  if (ended === undefined) return undefined;
  const signal = numberAt(ended, "signal");
  return stringAt(ended, "reason") || (signal ? `Signal:${signal}` : `ExitCode:${numberAt(ended, "exitCode") ?? 0}`);
};

const initText = (pod: KubeObject): string | undefined => {
  const statuses = objectsAt(pod, "status", "initContainerStatuses");
  const total = objectsAt(pod, "spec", "initContainers").length;
  for (const [index, status] of statuses.entries()) {
    if (numberAt(status, "state", "terminated", "exitCode") === 0) continue;
    if (status["started"] === true && status["ready"] === true) continue;
    const reason = endedText(status);
    return reason === undefined || reason === "PodInitializing" ? `Init:${index}/${total}` : `Init:${reason}`;
  }
  return undefined;
};

/** What kubectl shows as a pod's status: the most telling reason, not just the phase. */
export const podStatus = (pod: KubeObject): string => {
  const { deletionTimestamp } = pod.metadata;
  const statuses = objectsAt(pod, "status", "containerStatuses");
  let text = stringAt(pod, "status", "reason") ?? stringAt(pod, "status", "phase") ?? "Unknown";
  const init = initText(pod);
  if (init !== undefined && !conditionIs(pod, "Initialized")) text = init;
  else {
    const reasons = statuses.toReversed().flatMap((status) => endedText(status) ?? []);
    text = reasons.at(-1) ?? text;
    const running = statuses.some((status) => status["ready"] === true && at(status, "state", "running") !== undefined);
    if (text === "Completed" && running) text = conditionIs(pod, "Ready") ? "Running" : "NotReady";
  }
  return deletionTimestamp === undefined ? text : "Terminating";
};

/** How often its containers were started again, and when last. */
export const podRestarts = (pod: KubeObject, now: number): string => {
  const statuses = objectsAt(pod, "status", "containerStatuses");
  const count = statuses.reduce((sum, status) => sum + (numberAt(status, "restartCount") ?? 0), 0);
  const last = statuses
    .flatMap((status) => stringAt(status, "lastState", "terminated", "finishedAt") ?? [])
    .sort()
    .at(-1);
  return count > 0 && last !== undefined ? `${count} (${since(last, now)} ago)` : String(count);
};

/** How many of its containers are ready. */
export const podReady = (pod: KubeObject): string => {
  const ready = objectsAt(pod, "status", "containerStatuses").filter((status) => status["ready"] === true).length;
  return `${ready}/${objectsAt(pod, "spec", "containers").length}`;
};
