import type { OpError } from "@headgate/api";
import { missingPermission } from "@headgate/kube";

/** A failure for a person: a missing permission as it would be granted. */
export function failureText(error: OpError): string {
  const missing = missingPermission(error);
  if (missing === undefined) return error.message;
  const { verb, resource, namespace } = missing;
  return `Headgate may not ${verb} ${resource}${namespace === undefined ? "" : ` in namespace ${namespace}`}`;
}
