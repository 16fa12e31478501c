/** The objects of `metrics.k8s.io/v1beta1`. */
import { timestamp } from "../client/object.ts";
import type { KubeObject } from "../server/json/object.ts";
import type { Usage } from "./usage.ts";

export const group = "metrics.k8s.io";
export const version = "v1beta1";
const apiVersion = `${group}/${version}`;

export interface ContainerUsage {
  readonly container: string;
  readonly usage: Usage;
}

interface Named {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export function nodeMetrics(of: Named, usage: Usage, now: number): KubeObject {
  return { ...metricsObject("NodeMetrics", of, { usages: [usage], now }), usage: amounts(usage) };
}

/** `containers` is not empty. */
export function podMetrics(of: Named, containers: readonly ContainerUsage[], now: number): KubeObject {
  const usages = containers.map(({ usage }) => usage);
  return {
    ...metricsObject("PodMetrics", of, { usages, now }),
    containers: containers.map(({ container, usage }) => ({ name: container, usage: amounts(usage) })),
  };
}

/** Of several windows the oldest one is said. */
function metricsObject(
  kind: string,
  of: Named,
  { usages, now }: { usages: readonly Usage[]; now: number },
): KubeObject {
  const oldest = usages.reduce((one, other) => (other.at < one.at ? other : one));
  const { name, namespace, labels } = of;
  return {
    kind,
    apiVersion,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: timestamp(now),
      ...(labels === undefined ? {} : { labels: { ...labels } }),
    },
    timestamp: timestamp(oldest.at),
    window: `${oldest.windowMs / 1000}s`,
  };
}

function amounts({ cores, memoryBytes }: Usage): { cpu: string; memory: string } {
  return { cpu: `${Math.round(cores * 1e9)}n`, memory: `${Math.round(memoryBytes / 1024)}Ki` };
}
