import { OpError } from "@headgate/api";
import type { Client } from "@headgate/kube";
import type { Source } from "./pipeline.ts";

/** Kinds of CRDs that a cluster may lack. */
const optional: ReadonlySet<string> = new Set(["EndpointPolicy", "GRPCRoute", "ReferenceGrant"]);

export interface Served {
  readonly sources: readonly Source[];
  /** The kinds that the cluster lacks, or does not let us read. */
  readonly missing: readonly string[];
}

/**
 * What of the sources there is to be read. Without EndpointPolicy nothing that only endpoint policies read is: their children would
 * look as if nobody wanted them. Throws OpError when the API server can't be asked.
 */
export async function servedSources(client: Client, sources: readonly Source[]): Promise<Served> {
  const asked = sources.filter(
    ({ ofEndpointPolicies, selection }) => ofEndpointPolicies === true && optional.has(selection.type.kind),
  );
  const answers = await Promise.all(
    asked.map(async ({ selection: { type, namespace } }) => {
      try {
        await client.list(type, { limit: 1, namespace });
        return [];
      } catch (error) {
        if (error instanceof OpError && (error.code === "NOT_FOUND" || error.code === "FORBIDDEN")) return [type.kind];
        throw error;
      }
    }),
  );
  const missing = answers.flat();
  if (!missing.includes("EndpointPolicy")) {
    return { missing, sources: sources.filter(({ selection }) => !missing.includes(selection.type.kind)) };
  }
  const rest = sources.filter(({ ofEndpointPolicies }) => ofEndpointPolicies !== true);
  return { missing, sources: rest.map((source) => ({ ...source, also: undefined })) };
}
