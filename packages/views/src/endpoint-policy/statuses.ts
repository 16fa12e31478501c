import { endpointPoliciesController, nameKey, refOf } from "@headgate/api";
import type { DesiredStatus, KubeObject, Notice } from "@headgate/api";
import { flatMap, groupBy, leftJoin } from "@headgate/delta";
import type { Collection, Key } from "@headgate/delta";
import type { Obstacle } from "./obstacles.ts";
import type { ParsedPolicy } from "./parting.ts";
import type { PolicyReport } from "./report.ts";
import { hinderedReason, hinderedStatus, invalidStatus, policyStatus } from "./status.ts";

/** What policies that can't be served are told. */
export function keptFrom(
  policies: Collection<KubeObject>,
  obstacles: Collection<Obstacle>,
): { readonly statuses: Collection<DesiredStatus>; readonly notices: Collection<Notice> } {
  const told = leftJoin(policies, obstacles, {
    name: "endpoint-policy/not-served",
    leftKey: () => "",
    rightKey: () => "",
    row: (object, obstacle) => ({ object, message: obstacle?.message }),
  });
  return {
    statuses: flatMap(told, {
      name: "endpoint-policy/not-served-statuses",
      rows: ({ object, message }) => (message === undefined ? [] : hinderedStatus(object, message)),
    }),
    notices: flatMap(told, {
      name: "endpoint-policy/not-served-notices",
      rows: ({ object, message }): readonly (readonly [Key, Notice])[] => {
        if (message === undefined) return [];
        const reason = hinderedReason;
        return [
          ["", { controller: endpointPoliciesController, about: refOf(object), type: "Warning", reason, message }],
        ];
      },
    }),
  };
}

/** What each policy that is served says of itself. */
export function statusesOf(
  policies: Collection<KubeObject>,
  parsed: Collection<ParsedPolicy>,
  reports: Collection<PolicyReport>,
): Collection<DesiredStatus> {
  const reported = groupBy(reports, {
    name: "endpoint-policy/reported",
    by: ({ policy }) => nameKey(policy),
    reduce: (rows) => rows.map(([, report]) => report).toSorted((a, b) => a.index - b.index),
  });
  const judged = leftJoin(parsed, reported, {
    name: "endpoint-policy/judged",
    leftKey: (_, key) => key,
    rightKey: (_, key) => key,
    row: ({ outcome, about }, found = []) => ({ outcome, about, found }),
  });
  const rows = leftJoin(policies, judged, {
    name: "endpoint-policy/judged-policies",
    leftKey: (_, key) => key,
    rightKey: ({ about }) => nameKey(about),
    row: (object, verdict) => ({ object, verdict }),
  });
  const wanted = flatMap(rows, {
    name: "endpoint-policy/wanted-statuses",
    rows: ({ object, verdict }) => {
      if (verdict === undefined || object.metadata.deletionTimestamp !== undefined) return [];
      const { outcome, found } = verdict;
      return outcome.ok ? policyStatus(object, found) : invalidStatus(object, outcome.refusals);
    },
  });
  return groupBy(wanted, {
    name: "endpoint-policy/statuses",
    by: ({ target }) => nameKey(target),
    reduce: (all) => all[0]?.[1],
  });
}
