import { flatMap, groupBy } from "@headgate/delta";
import type { Collection } from "@headgate/delta";
import { identityKey } from "@headgate/api";
import type { DesiredStatus, KubeObject } from "@headgate/api";
import { mergeConditions, statusRow } from "../conditions/index.ts";
import { routeTableController } from "./names.ts";
import { fields } from "../read/index.ts";

/** A GatewayClass of ours is accepted, unless it brings parameters, which we have no use for. */
export function gatewayClassStatuses(classes: Collection<KubeObject>): Collection<DesiredStatus> {
  const rows = flatMap(classes, {
    name: "gateway-class-status-writes",
    rows: (object) => {
      const strange = fields(object.spec)["parametersRef"] !== undefined;
      const wanted = strange
        ? {
            status: "False" as const,
            reason: "InvalidParameters",
            message: "spec.parametersRef is not supported; remove it.",
          }
        : { status: "True" as const, reason: "Accepted", message: "The class is served by Headgate." };
      const { generation } = object.metadata;
      const conditions = mergeConditions(fields(object.status)["conditions"], generation, [
        { type: "Accepted", ...wanted },
      ]);
      return statusRow(routeTableController, object, { conditions });
    },
  });
  return groupBy(rows, {
    name: "gateway-class-status",
    by: (row) => identityKey(row.target),
    reduce: (all) => all[0]?.[1],
  });
}
