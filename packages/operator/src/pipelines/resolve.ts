import { groupOf, OpError } from "@headgate/api";
import { pause } from "@headgate/kube";
import type { Client, Clock } from "@headgate/kube";

import type { Target } from "./body.ts";

/** A kind of the cluster; without a version, in the version that the API server prefers. */
export interface Wanted {
  readonly group: string;
  readonly version: string | undefined;
  readonly kind: string;
}

interface ListedResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Finds what the API server calls a kind. Throws OpError; NOT_FOUND when it does not serve it. */
export async function findKind(client: Client, { group, version, kind }: Wanted): Promise<Target> {
  const versions = version === undefined ? await versionsOf(client, group) : [version];
  for (const one of versions) {
    const apiVersion = group === "" ? one : `${group}/${one}`;
    const resources = await resourcesOf(client, apiVersion);
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
    if (found === undefined) continue;
    const { name: plural, namespaced } = found;
    const statusApart = resources.some(({ name }) => name === `${plural}/status`);
    return { type: { apiVersion, kind, plural, namespaced }, statusApart };
  }
  const where = group === "" ? "the core group" : group;
  throw new OpError(
    "NOT_FOUND",
    `the API server serves no ${kind} in ${where}${version === undefined ? "" : ` ${version}`}`,
  );
}

async function versionsOf(client: Client, group: string): Promise<readonly string[]> {
  if (group === "") return ["v1"];
  const answer = (await client.request({ method: "GET", path: `/apis/${group}` })) as {
    readonly preferredVersion?: { readonly version?: string };
    readonly versions?: readonly { readonly version: string }[];
  };
  const preferred = answer.preferredVersion?.version;
  const all = (answer.versions ?? []).map(({ version }) => version);
  return [...new Set([...(preferred === undefined ? [] : [preferred]), ...all])];
}

async function resourcesOf(client: Client, apiVersion: string): Promise<readonly ListedResource[]> {
  const root = groupOf(apiVersion) === "" ? "/api" : "/apis";
  const answer = (await client.request({ method: "GET", path: `${root}/${apiVersion}` })) as {
    readonly resources?: readonly ListedResource[];
  };
  return answer.resources ?? [];
}

/** Between two attempts to find a kind that was not there, in milliseconds. */
const firstWaitMs = 1_000;
const longestWaitMs = 15_000;

export interface Finding {
  readonly client: Client;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks until the kind is there or the signal aborts; `tell` hears of each failure. */
export async function untilFound(
  wanted: Wanted,
  { client, clock, signal }: Finding,
  tell: (error: OpError) => void,
): Promise<Target | undefined> {
  for (let wait = firstWaitMs; !signal.aborted; wait = Math.min(2 * wait, longestWaitMs)) {
    try {
      return await findKind(client, wanted);
    } catch (error) {
      if (!(error instanceof OpError)) throw error;
      tell(error);
    }
    await pause(clock, wait, signal);
  }
  return undefined;
}
