import { OpError } from "@headgate/api";
import type { Client } from "@headgate/kube";
import type { Source } from "./pipeline.ts";

/** Kinds without which endpoint policies are served all the same, as far as they go. */
const dispensable: ReadonlySet<string> = new Set(["GRPCRoute", "ReferenceGrant"]);

export interface Served {
  /** What there is to be read. */
  readonly sources: readonly Source[];
  /** Whether endpoint policies are among it. */
  readonly policies: boolean;
  /** What only endpoint policies read, as far as it is there. */
  readonly policySources: readonly Source[];
  /** The kinds that the cluster lacks. */
  readonly missing: readonly string[];
  /** Why a kind that is there may not be read; policies are not served then. */
  readonly forbidden: readonly OpError[];
  /** Policies themselves may be read, even where they are not served. */
  readonly readable: boolean;
}

/**
 * What of the sources there is to be read. Without one of the kinds that endpoint policies need, nothing that only they read is: their
 * children would look as if nobody wanted them, or as if they were not there. Throws OpError when the API server can't be asked.
 */
export async function servedSources(client: Client, sources: readonly Source[]): Promise<Served> {
  const asked = sources.filter(({ ofEndpointPolicies }) => ofEndpointPolicies === true);
  const isPolicies = ({ selection }: Source): boolean => selection.type.kind === "EndpointPolicy";
  const own = await Promise.all(asked.filter(isPolicies).map((source) => ask(client, source)));
  const readable = asked.length > 0 && own.every((answer) => answer.is === "there");
  const others = readable ? asked.filter((source) => !isPolicies(source)).map((source) => ask(client, source)) : [];
  const answers = [...own, ...(await Promise.all(others))];
  const missing = answers.flatMap(({ is, kind }) => (is === "missing" ? [kind] : []));
  const forbidden = answers.flatMap(({ error }) => error ?? []);
  const policies = readable && forbidden.length === 0 && missing.every((kind) => dispensable.has(kind));
  const served = policies
    ? sources.filter(({ selection }) => !missing.includes(selection.type.kind))
    : withoutPolicies(sources);
  const policySources = asked.filter(({ selection }) => !missing.includes(selection.type.kind));
  return { sources: served, policies, policySources, missing, forbidden, readable };
}

/** The sources of everything else. */
function withoutPolicies(sources: readonly Source[]): readonly Source[] {
  const rest = sources.filter(({ ofEndpointPolicies }) => ofEndpointPolicies !== true);
  return rest.map((source) => ({ ...source, also: undefined }));
}

interface Answer {
  readonly kind: string;
  readonly is: "there" | "missing" | "forbidden";
  readonly error?: OpError;
}

async function ask(client: Client, { selection: { type, namespace } }: Source): Promise<Answer> {
  const { kind } = type;
  try {
    await client.list(type, { limit: 1, namespace });
    return { kind, is: "there" };
  } catch (error) {
    if (error instanceof OpError && error.code === "NOT_FOUND") return { kind, is: "missing" };
    if (error instanceof OpError && error.code === "FORBIDDEN") return { kind, is: "forbidden", error };
    throw error;
  }
}
