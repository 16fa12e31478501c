import type { OpError } from "@headgate/api";

/** A permission that was asked for and is not granted. */
export interface MissingPermission {
  readonly verb: string;
  /** As a role names it, with its group: `pods`, `httproutes.gateway.networking.k8s.io`, `gateways.gateway.networking.k8s.io/status`. */
  readonly resource: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
}

/** Every authorizer's refusal is put into these words by the API server itself. */
const words =
  /User ".*?" cannot (?<verb>\S+) resource "(?<plural>[^"/]+)(?<sub>\/[^"]*)?" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]+)")?/;

/**
 * The permission whose lack a failure tells of; undefined for any other failure, such as a FORBIDDEN that comes of a quota, of an
 * admission policy or of a namespace that is going away.
 */
export function missingPermission({ code, detail }: OpError): MissingPermission | undefined {
  const found = code === "FORBIDDEN" ? words.exec(detail)?.groups : undefined;
  if (found === undefined) return undefined;
  const { verb = "", plural = "", sub = "", group = "", namespace } = found;
  const resource = `${plural}${group === "" ? "" : `.${group}`}${sub}`;
  return { verb, resource, ...(namespace === undefined ? {} : { namespace }) };
}
