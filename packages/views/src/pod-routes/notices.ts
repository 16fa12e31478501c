import { enabledLabel, podRoutesController, quote, refOf, routeWanted } from "@headgate/api";
import type { KubeObject, Notice, PodRouteSettings, Refused, RoutedPod } from "@headgate/api";
import { antiJoin, flatMap, map, union } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { routeProblems } from "./route-problems.ts";

const warning = (about: Notice["about"], reason: string, message: string): Notice => ({
  controller: podRoutesController,
  about,
  type: "Warning",
  reason,
  message,
});

/** What people are told about their pods: one notice for each refusal, and for what keeps a good route from working. */
export function podNotices(
  from: {
    readonly pods: Collection<KubeObject>;
    readonly granted: Collection<RoutedPod>;
    readonly refusals: Collection<Refused>;
    readonly gateways: Collection<KubeObject>;
    readonly httpRoutes: Collection<KubeObject>;
  },
  settings: PodRouteSettings,
): Collection<Notice> {
  const refused = map(from.refusals, {
    name: "pod-routes/refusal-notices",
    row: ({ about, refusal }) => warning(about, refusal.reason, refusal.message),
  });
  const unclear = flatMap(from.pods, { name: "pod-routes/unclear-labels", rows: unclearLabel });
  const stranded = map(
    antiJoin(from.granted, from.gateways, {
      name: "pod-routes/without-gateway",
      leftKey: ({ pod }) => pod.namespace,
      rightKey: ({ metadata }) => (metadata.name === settings.gatewayName ? metadata.namespace : undefined),
    }),
    {
      name: "pod-routes/gateway-notices",
      row: ({ pod }) => {
        const message = `namespace ${pod.namespace} has no Gateway ${quote(settings.gatewayName)}: the route waits for it`;
        return warning(pod, "GatewayNotFound", message);
      },
    },
  );
  const problems = map(routeProblems(from.granted, from.httpRoutes), {
    name: "pod-routes/problem-notices",
    row: ({ pod, message }) => warning(pod, "RouteNotAccepted", message),
  });
  return union({ name: "pod-routes/notices" }, { refused, unclear, stranded, problems });
}

function unclearLabel(pod: KubeObject): readonly (readonly [string, Notice])[] {
  if (routeWanted(pod) !== "unclear") return [];
  const value = quote(pod.metadata.labels?.[enabledLabel]);
  const message = `label ${enabledLabel} is ${value}, which asks for nothing; only "true" asks for a route`;
  return [["label", warning(refOf(pod), "LabelIgnored", message)]];
}
