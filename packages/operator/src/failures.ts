import type { Notice, OpError } from "@headgate/api";
import { missingPermission } from "@headgate/kube";
import type { MissingPermission, Result } from "@headgate/kube";

/** What a log line says of a failed effect. `missing` is there when a role lacks something, as `kubectl auth can-i` would be asked. */
export function failureFields(error: OpError): {
  readonly code: string;
  readonly error: string;
  readonly missing?: string;
} {
  const missing = missingPermission(error);
  return { code: error.code, error: error.message, ...(missing && { missing: permissionText(missing) }) };
}

/** Of the Event that a missing permission comes to. */
export const permissionReason = "PermissionMissing";

/** What the owner of an object is told when the object can't be made for want of a permission. */
export function permissionNotice({ action, error }: Result): Notice | undefined {
  const missing = error && missingPermission(error);
  if (missing === undefined || action.do !== "apply") return undefined;
  const { controller, owner, object } = action.desired;
  return {
    controller,
    about: owner,
    type: "Warning",
    reason: permissionReason,
    message: `${object.kind} ${object.metadata.name} is not up to date: the operator may not ${permissionText(missing)}. It goes on trying.`,
  };
}

/** As `kubectl auth can-i` would be asked. */
export function permissionText({ verb, resource, namespace }: MissingPermission): string {
  return `${verb} ${resource}${namespace === undefined ? "" : ` -n ${namespace}`}`;
}
