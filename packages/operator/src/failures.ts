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

/** Of the Event that comes of an object that the API server refuses for another reason. */
export const refusedReason = "WriteRefused";

/** Refusals that last until somebody changes something: the object, a quota, an admission policy. */
const lasting: ReadonlySet<string> = new Set(["INVALID", "FORBIDDEN", "UNSUPPORTED"]);

/** What the owner of an object is told when the object can't be made, and time alone won't mend it. */
export function failureNotice({ action, error }: Result): Notice | undefined {
  if (error === undefined || !lasting.has(error.code) || action.do !== "apply") return undefined;
  const { controller, owner, object } = action.desired;
  const missing = missingPermission(error);
  const why = missing === undefined ? error.message.slice(0, 600) : `the operator may not ${permissionText(missing)}`;
  return {
    controller,
    about: owner,
    type: "Warning",
    reason: missing === undefined ? refusedReason : permissionReason,
    message: `${object.kind} ${object.metadata.name} is not up to date: ${why}. It goes on trying.`,
  };
}

/** As `kubectl auth can-i` would be asked. */
export function permissionText({ verb, resource, namespace }: MissingPermission): string {
  return `${verb} ${resource}${namespace === undefined ? "" : ` -n ${namespace}`}`;
}
