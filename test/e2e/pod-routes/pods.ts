import type { KubeObject } from "@headgate/api";

export interface PodOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly number[];
  readonly spec?: object;
}

export const enabled = { "envoy-router/enabled": "true" } as const;

/** A labelled pod that runs the echo app, and is ready when the app says so. */
export function echoPod(name: string, options: PodOptions = {}): KubeObject {
  const { annotations = {}, env = {}, ports = [8080], spec = {} } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: enabled, annotations },
    spec: { containers: [echoContainer(ports, env)], ...spec },
  };
}

/** A labelled pod of a node that is not there: its status is the test's to say, and nobody waits for it to end. */
export function statedPod(name: string, options: PodOptions = {}): KubeObject {
  return echoPod(name, { ...options, spec: { nodeName: "elsewhere", terminationGracePeriodSeconds: 0 } });
}

export function echoContainer(ports: readonly number[], env: Readonly<Record<string, string>> = {}): object {
  return {
    name: "app",
    image: "sample/echo",
    ports: ports.map((containerPort) => ({ containerPort })),
    env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
    // A busy machine may answer late, which is no pod that can't serve.
    readinessProbe: {
      httpGet: { path: "/ready", port: ports[0] },
      periodSeconds: 1,
      timeoutSeconds: 10,
      failureThreshold: 1,
    },
  };
}

/** A Deployment of labelled pods. */
export function echoDeployment(name: string, replicas: number, pod: { spec?: object; container?: object }): KubeObject {
  const container = { ...echoContainer([8080]), ...pod.container };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name, ...enabled } }, spec: { containers: [container], ...pod.spec } },
    },
  };
}

export const addressOf = ({ status }: KubeObject): string => (status as { podIP: string }).podIP;

export function isReady({ status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}

/** Ready, and not on its way out. */
export const isServing = (pod: KubeObject): boolean => pod.metadata.deletionTimestamp === undefined && isReady(pod);

export function restarts({ status }: KubeObject): number {
  const { containerStatuses = [] } = (status ?? {}) as { containerStatuses?: { restartCount: number }[] };
  return containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
