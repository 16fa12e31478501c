/** What the stories create, and what they look for in it. */
import type { KubeObject } from "@headgate/api";
import type { Pod } from "./world.ts";

/** Runs the sample app, which is asked every second whether it is ready. */
export const sampleContainer = {
  name: "main",
  image: "test/sample",
  ports: [{ name: "http", containerPort: 8080 }],
  readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 1, timeoutSeconds: 5 },
};

export interface WorkloadSpec {
  readonly replicas?: number;
  /** Changes the pod template. */
  readonly env?: Readonly<Record<string, string>>;
  /** In the place of the sample app. */
  readonly container?: object;
  readonly pod?: object;
  /** More fields of the object's own spec. */
  readonly spec?: object;
}

export function variables(env: Readonly<Record<string, string>>): object[] {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

export function template(name: string, { env = {}, container = sampleContainer, pod = {} }: WorkloadSpec = {}): object {
  return {
    metadata: { labels: { app: name } },
    spec: { containers: [{ env: variables(env), ...container }], terminationGracePeriodSeconds: 5, ...pod },
  };
}

export function deployment(name: string, workload: WorkloadSpec = {}): KubeObject {
  const { replicas = 1, spec = {} } = workload;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, workload), ...spec },
  };
}

/** Of one container that runs a Node program, `main`. */
export function scriptPod(name: string, script: string, more: { container?: object; pod?: object } = {}): KubeObject {
  const container = { name: "main", image: "test/script", args: [script], ...more.container };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { containers: [container], terminationGracePeriodSeconds: 5, ...more.pod },
  };
}

/** Does nothing, until it is told to end. */
export const idle = `process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1e6);`;

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
}

export function isLeaving({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The first container's process on this machine. */
export function processOf({ status }: Pod): number {
  return Number(/^process:\/\/(\d+)$/.exec(status?.containerStatuses?.[0]?.containerID ?? "")?.[1]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
