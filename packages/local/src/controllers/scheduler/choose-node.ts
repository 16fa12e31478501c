import type { Node, Pod } from "../../client/kinds.ts";
import { conditionOf } from "../../client/object.ts";

export type Choice = { readonly node: string } | { readonly unschedulable: string };

/** The fitting node with the fewest pods. */
export function chooseNode(pod: Pod, nodes: readonly Node[], podsOn: (node: string) => number): Choice {
  const reasons = new Map<string, number>();
  let best: { name: string; pods: number } | undefined;
  for (const node of nodes) {
    const { name } = node.metadata;
    const reason = obstacle(pod, node, podsOn(name));
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    else if (best === undefined || podsOn(name) < best.pods) best = { name, pods: podsOn(name) };
  }
  if (best !== undefined) return { node: best.name };
  const list = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(", ");
  return { unschedulable: `0/${nodes.length} nodes are available${list === "" ? "" : `: ${list}`}.` };
}

function obstacle(pod: Pod, node: Node, pods: number): string | undefined {
  if (conditionOf(node.status?.conditions, "Ready")?.status !== "True") return "node(s) were not ready";
  if (node.spec?.unschedulable === true) return "node(s) were unschedulable";
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  if (!selected) return "node(s) didn't match Pod's node affinity/selector";
  return pods >= Number(node.status?.allocatable?.["pods"] ?? Number.POSITIVE_INFINITY) ? "Too many pods" : undefined;
}
