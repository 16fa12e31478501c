/** What the API server's audit log says of service accounts, and how it compares with what they were granted. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { grantText } from "../rigs/kubernetes/grants.ts";
import type { Grant } from "../rigs/kubernetes/grants.ts";

/** One request that was answered, or a watch that was opened. */
export interface Use extends Omit<Grant, "name"> {
  /** The object's name, where the request is about one. */
  readonly name?: string;
  readonly code: number;
  readonly allowed: boolean;
}

/** Flags for an API server that keeps an audit log, of service accounts only, in this folder. */
export async function auditFlags(folder: string): Promise<{ readonly flags: readonly string[]; readonly log: string }> {
  const [policy, log] = [join(folder, "audit-policy.yaml"), join(folder, "audit.log")];
  const rules = [
    // The controllers' own accounts.
    { level: "None", userGroups: ["system:serviceaccounts:kube-system"] },
    { level: "Metadata", userGroups: ["system:serviceaccounts"] },
    { level: "None" },
  ];
  const text = { apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages: ["RequestReceived"], rules };
  await writeFile(policy, JSON.stringify(text));
  return { log, flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`] };
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Everything that service accounts have asked so far. A request that is about no resource has its path as the resource. */
export async function readAudit(log: string): Promise<readonly Use[]> {
  const lines = (await readFile(log, "utf8")).split("\n");
  // The last line may be half written.
  return lines.slice(0, -1).map((line) => {
    const { verb, requestURI, user, objectRef, responseStatus, annotations } = JSON.parse(line) as AuditEvent;
    const { resource = requestURI, subresource, apiGroup: group = "", namespace, name } = objectRef ?? {};
    return {
      user: user.username,
      verb,
      group,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      code: responseStatus?.code ?? 0,
      allowed: annotations?.["authorization.k8s.io/decision"] === "allow",
    };
  });
}

/** What was asked and refused for want of a permission, or forbidden for any other reason. */
export function refused(uses: readonly Use[]): readonly string[] {
  const found = uses.filter(({ code, allowed }) => code === 403 || !allowed);
  return distinct(
    found.map(({ user, verb, group, resource, namespace }) => {
      const place = namespace === undefined ? {} : { namespace };
      return `${user} may not ${grantText({ verb, group, resource, ...place })}`;
    }),
  );
}

/**
 * What was granted and never used. A grant for the whole cluster counts as used by a request that names no namespace, or by
 * requests in two namespaces: by one alone, a Role there would do.
 */
export function unused(grants: readonly Grant[], uses: readonly Use[]): readonly string[] {
  const served = uses.filter(({ code, allowed }) => allowed && code !== 403);
  const idle = grants.filter((grant) => {
    const fitting = served.filter((use) => covers(grant, use));
    if (grant.namespace !== undefined) return fitting.length === 0;
    const places = new Set(fitting.map(({ namespace }) => namespace));
    return !places.has(undefined) && places.size < 2;
  });
  return distinct(idle.map((grant) => `${grant.user} may ${grantText(grant)}`));
}

function covers(grant: Grant, use: Use): boolean {
  return (
    grant.user === use.user &&
    grant.verb === use.verb &&
    grant.group === use.group &&
    grant.resource === use.resource &&
    (grant.namespace === undefined || grant.namespace === use.namespace) &&
    (grant.name === undefined || grant.name === use.name)
  );
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].toSorted();
}
