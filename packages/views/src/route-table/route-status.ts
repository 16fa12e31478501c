import { flatMap, groupBy, leftJoin } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { identityKey } from "@headgate/api";
import type { DesiredStatus, Json, KubeObject } from "@headgate/api";
import { sameValue } from "@headgate/delta";
import type { Attachment } from "./attach.ts";
import { mergeConditions, statusRow } from "../conditions/index.ts";
import { routeTableController } from "./names.ts";
import type { Condition } from "../conditions/index.ts";
import { fields, list } from "../read/index.ts";
import { routeKey } from "./parse-http-route.ts";
import type { Problem } from "./references.ts";
import type { RouteKind } from "./types.ts";

type Verdicts = readonly Pick<Attachment, "parent" | "place" | "verdict">[];

export interface RouteStatusInputs {
  /** Of the kind. */
  readonly objects: Collection<KubeObject>;
  /** Of all kinds, as are the problems. */
  readonly attachments: Collection<Attachment>;
  readonly problems: Collection<readonly Problem[]>;
  readonly controllerName: string;
}

/** What each route of a kind should say about its parents that are Gateways of ours; entries of other controllers stay as they are. */
export function routeStatuses(
  kind: RouteKind,
  { objects, attachments, problems, controllerName }: RouteStatusInputs,
): Collection<DesiredStatus> {
  const verdicts = groupBy(attachments, {
    name: "route-verdicts",
    by: ({ route }) => route.key,
    reduce: (rows): Verdicts =>
      rows.map(([, { parent, place, verdict }]) => ({ parent, place, verdict })).toSorted((a, b) => a.place - b.place),
  });
  const judged = leftJoin(objects, verdicts, {
    name: "judged-routes",
    leftKey: (object) => routeKey(kind, object),
    rightKey: (_, key) => key,
    row: (object, found) => ({ object, verdicts: found ?? [] }),
  });
  const known = leftJoin(judged, problems, {
    name: "known-routes",
    leftKey: ({ object, verdicts: found }) => (found.length === 0 ? undefined : routeKey(kind, object)),
    rightKey: (_, key) => key,
    row: (row, found) => ({ ...row, problems: found ?? [] }),
  });
  const rows = flatMap(known, {
    name: "route-status-writes",
    rows: ({ object, verdicts: found, problems: bad }) => {
      const parents = mergeParents(object, { verdicts: found, problems: bad, controllerName });
      return parents.length === 0 && object.status === undefined
        ? []
        : statusRow(routeTableController, object, { parents });
    },
  });
  return groupBy(rows, {
    name: "route-status",
    by: (row) => identityKey(row.target),
    reduce: (all) => all[0]?.[1],
  });
}

interface Wanted {
  readonly verdicts: Verdicts;
  readonly problems: readonly Problem[];
  readonly controllerName: string;
}

/** Ours are replaced where they stand, added at the end, or taken out; so two controllers never fight over the order. */
function mergeParents(
  { status, metadata }: KubeObject,
  { verdicts, problems, controllerName }: Wanted,
): readonly Json[] {
  const left = [...verdicts];
  const entry = ({ parent, verdict }: Verdicts[number], found: unknown): Json => ({
    parentRef: parent.json,
    controllerName,
    conditions: mergeConditions(fields(found)["conditions"], metadata.generation, conditionsOf(verdict, problems)),
  });
  const kept = list(fields(status)["parents"]).flatMap((found): readonly Json[] => {
    if (fields(found)["controllerName"] !== controllerName) return [found as Json];
    const at = left.findIndex(({ parent }) => sameValue(parent.json, fields(found)["parentRef"]));
    const [mine] = at < 0 ? [] : left.splice(at, 1);
    return mine === undefined ? [] : [entry(mine, found)];
  });
  return [...kept, ...left.map((mine) => entry(mine, undefined))];
}

const gravity: Readonly<Record<string, number>> = { RefNotPermitted: 0, InvalidKind: 1, BackendNotFound: 2 };

function conditionsOf(
  { accepted, reason, message }: Attachment["verdict"],
  problems: readonly Problem[],
): readonly Condition[] {
  const worst = problems.toSorted((a, b) => (gravity[a.reason] ?? 9) - (gravity[b.reason] ?? 9))[0];
  return [
    { type: "Accepted", status: accepted ? "True" : "False", reason, message },
    worst === undefined
      ? { type: "ResolvedRefs", status: "True", reason: "ResolvedRefs", message: "All references are resolved." }
      : {
          type: "ResolvedRefs",
          status: "False",
          reason: worst.reason,
          message: [...new Set(problems.map((p) => p.message))].join(" "),
        },
  ];
}
