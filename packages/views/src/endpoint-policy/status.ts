import { endpointPoliciesController } from "@headgate/api";
import type { DesiredStatus, Json, KubeObject, Refusal } from "@headgate/api";
import { mergeConditions, statusRow } from "../conditions/index.ts";
import type { Condition } from "../conditions/index.ts";
import { fields } from "../read/index.ts";
import type { EndpointReport } from "./report.ts";

/** The status of a policy whose spec can't be used: all faults in one message, and nothing that is out of date beside it. */
export function invalidStatus(
  object: KubeObject,
  refusals: readonly Refusal[],
): readonly (readonly [string, DesiredStatus])[] {
  const messages = refusals.map(({ message }) => message);
  const message = messages.length === 1 ? (messages[0] ?? "") : `[${messages.join(", ")}]`;
  return rowOf(object, { type: "Ready", status: "False", reason: "ValidationFailed", message }, []);
}

/** Of a policy that can't be served for want of a permission of ours. */
export const hinderedReason = "PermissionMissing";

/** The status of a policy that can't be served at all; what it says of endpoints is left as it was. */
export function hinderedStatus(object: KubeObject, message: string): readonly (readonly [string, DesiredStatus])[] {
  const { generation } = object.metadata;
  const condition = { type: "Ready", status: "False", reason: hinderedReason, message } as const;
  return statusRow(endpointPoliciesController, object, {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: mergeConditions(fields(object.status)["conditions"], generation, [condition]),
  });
}

/** The status of a valid policy: ready when each of its endpoints is. */
export function policyStatus(
  object: KubeObject,
  reports: readonly EndpointReport[],
): readonly (readonly [string, DesiredStatus])[] {
  const [ready, all] = [reports.filter((report) => report.ready).length, reports.length];
  const condition: Condition =
    ready === all
      ? { type: "Ready", status: "True", reason: "AllEndpointsReady", message: `All ${String(all)} endpoints ready` }
      : {
          type: "Ready",
          status: "False",
          reason: "EndpointsNotReady",
          message: `${String(ready)}/${String(all)} endpoints ready`,
        };
  return rowOf(
    object,
    condition,
    reports.map(({ status }) => status),
  );
}

function rowOf(
  object: KubeObject,
  condition: Condition,
  endpointStatuses: readonly { readonly [field: string]: Json }[],
): readonly (readonly [string, DesiredStatus])[] {
  const { generation } = object.metadata;
  return statusRow(endpointPoliciesController, object, {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    endpointCount: endpointStatuses.length,
    conditions: mergeConditions(fields(object.status)["conditions"], generation, [condition]),
    endpointStatuses,
  });
}
