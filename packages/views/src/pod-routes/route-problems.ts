import { nameKey } from "@headgate/api";
import type { KubeObject, RoutedPod } from "@headgate/api";
import { filter, join } from "@headgate/delta";
import type { Collection } from "@headgate/delta";

/** What the Gateway says against a pod's route. */
export interface RouteProblem {
  readonly pod: RoutedPod["pod"];
  readonly message: string;
}

/** The pods whose route a Gateway does not take, in its own words, as long as it says so. */
export function routeProblems(
  pods: Collection<RoutedPod>,
  httpRoutes: Collection<KubeObject>,
): Collection<RouteProblem> {
  const verdicts = join(pods, httpRoutes, {
    name: "pod-routes/route-verdicts",
    leftKey: ({ pod, childName }) => nameKey({ namespace: pod.namespace, name: childName }),
    rightKey: ({ metadata }) => nameKey(metadata),
    where: ({ pod }, route) => route.metadata.ownerReferences?.some(({ uid }) => uid === pod.uid) === true,
    row: ({ pod }, route) => ({ pod, message: complaints(route).join("; ") }),
  });
  return filter(verdicts, { name: "pod-routes/route-problems", where: ({ message }) => message !== "" });
}

function complaints(route: KubeObject): string[] {
  return items(fields(route.status)["parents"]).flatMap((parent) => {
    const { name } = fields(fields(parent)["parentRef"]);
    return items(fields(parent)["conditions"]).flatMap((condition) => {
      const { type, status, reason, message } = fields(condition);
      if (status !== "False" || (type !== "Accepted" && type !== "ResolvedRefs")) return [];
      return [`Gateway ${text(name)} says ${type}=False, ${text(reason)}: ${text(message).slice(0, 300)}`];
    });
  });
}

// Status is other people's writing: whatever has not the expected type is read as empty.
function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
