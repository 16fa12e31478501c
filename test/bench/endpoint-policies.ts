/** Many policies, as objects only: how long until all endpoints are ready, how many writes that takes, and how many it takes from then on. */
import type { Bench } from "./bar.ts";
import { legs } from "./endpoint-policies/legs.ts";
import { localCluster } from "./endpoint-policies/local-cluster.ts";
import { realCluster } from "./endpoint-policies/real-cluster.ts";

export const bench: Bench = async (rig) => {
  const cluster = await (rig === "kubernetes" ? realCluster() : localCluster());
  const policies = Number(process.env["BENCH_POLICIES"] ?? (rig === "kubernetes" ? 1_000 : 100));
  const restSeconds = Number(process.env["BENCH_REST_SECONDS"] ?? (rig === "kubernetes" ? 600 : 10));
  try {
    return await legs(cluster, { policies, restSeconds });
  } finally {
    await cluster.close();
  }
};
