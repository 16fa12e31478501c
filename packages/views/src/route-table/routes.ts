import { filter, leftJoin, groupBy } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import type { ListenerRoute } from "./attachments.ts";
import type { HttpRule } from "./parse-http-route.ts";
import { referenceKey } from "./references.ts";
import type { Problem } from "./references.ts";
import type { Route, Rule } from "./types.ts";

/** The routes on each served listener, with what their references came to. */
export function servedRoutes(
  all: Collection<ListenerRoute>,
  problems: Collection<readonly Problem[]>,
): Collection<Route> {
  const served = filter(all, { name: "served-routes", where: (row) => row.served });
  const resolved = leftJoin(served, problems, {
    name: "resolved-routes",
    leftKey: ({ route }) => route.key,
    rightKey: (_, key) => key,
    row: ({ route, listener, hostnames }, found): Route => ({
      kind: route.kind,
      listener,
      namespace: route.namespace,
      name: route.name,
      createdAt: route.createdAt,
      hostnames,
      rules: route.rules.map((rule) => resolve(rule, found ?? [])),
    }),
  });
  return groupBy(resolved, {
    name: "routes",
    by: (route) => `${route.listener}/${route.kind}/${route.namespace}/${route.name}`,
    reduce: (rows) => rows[0]?.[1],
  });
}

function resolve(rule: HttpRule, problems: readonly Problem[]): Rule {
  return {
    ...rule,
    backends: rule.backends.map(({ weight, refused, requestHeaders, responseHeaders, ...ref }) => {
      const target = referenceKey(ref);
      const problem = problems.find(({ reference }) => reference === target);
      return { weight, target, refused: refused ?? problem?.message, requestHeaders, responseHeaders };
    }),
  };
}
