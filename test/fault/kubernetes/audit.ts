/** What the API server writes down of each write: who, what, and when it came in. */
export const auditPolicy = JSON.stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata", verbs: ["create", "update", "patch", "delete"] }],
});

/** For an API server whose stage has the policy in a file. */
export const auditFlags = ["--audit-policy-file=FOLDER/audit-policy.json", "--audit-log-path=FOLDER/audit.log"];

interface Line {
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly verb: string;
  readonly objectRef: { readonly resource: string; readonly namespace: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/**
 * From an audit log: each time that the Lease came to another process of a user than before, with the writes, refused ones too, that came in during
 * that term from another process. The first list is of the time before anyone had it. Processes are told apart by their tokens.
 */
export function writesOutOfTerm(log: string, user: string): readonly (readonly string[])[] {
  const lines = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line)
    .filter(({ user: { username } }) => username === user)
    // An attempt at the Lease that failed says nothing; any other attempt counts, whatever came of it.
    .filter(({ objectRef, responseStatus }) => objectRef.resource !== "leases" || (responseStatus?.code ?? 500) < 300);
  const events = lines.map((line) => {
    const isLease = line.objectRef.resource === "leases";
    // A lease is held once it is written; any other write counts from when it came in.
    return { ...line, isLease, at: isLease ? line.stageTimestamp : line.requestReceivedTimestamp };
  });
  let holder: string | undefined;
  const terms: string[][] = [[]];
  for (const event of events.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
    const process = event.user.extra?.["authentication.kubernetes.io/credential-id"]?.[0] ?? "";
    if (event.isLease && process !== holder) {
      holder = process;
      terms.push([]);
    }
    if (process === holder) continue;
    const { resource, name = "" } = event.objectRef;
    terms.at(-1)?.push(`${event.at} ${event.verb} ${resource} ${name}: ${String(event.responseStatus?.code)}`);
  }
  return terms;
}
