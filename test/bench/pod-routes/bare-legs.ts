/** Legs of the bare client: which way and which order is the fastest, and what that takes. */
import { startRealApiServer } from "../cluster/api-server.ts";
import { print } from "../cluster/printed.ts";
import { nameOf, send, ways } from "./bare-client.ts";
import type { Way } from "./bare-client.ts";
import { children } from "./objects.ts";
import { allThere, createPods, kinds, onServer, podCount, shownCost } from "./pods-on-server.ts";
import type { Cost } from "./pods-on-server.ts";

/** By the kinds whose cost does not grow with their number: each Service takes longer than the one before. */
export async function fastestWay(): Promise<Way> {
  const server = await startRealApiServer();
  const count = Math.min(podCount, 400);
  const times = new Map<Way, number>();
  let leg = 0;
  try {
    // The first round is the API server's warming up.
    for (let round = 0; round < 2; round++) {
      for (const way of ways) {
        const namespace = `leg-${leg++}`;
        await server.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
        const { EndpointSlice = [], HTTPRoute = [] } = children(count, namespace);
        const ms = await send(server.access, [EndpointSlice, HTTPRoute], way);
        if (round > 0) times.set(way, Math.min(ms, times.get(way) ?? ms));
      }
    }
  } finally {
    await server.close();
  }
  const ranked = [...times].toSorted(([, a], [, b]) => a - b);
  for (const [way, ms] of ranked) print(`bare client, ${nameOf(way)}: ${((count * 2000) / ms).toFixed(0)} writes/s`);
  const fastest = ranked[0]?.[0];
  if (fastest === undefined) throw new Error("no way was measured");
  return fastest;
}

type Order = "kind after kind" | "pod after pod";

/** With fewer pods: the slower order is so by far. */
export async function fastestOrder(way: Way): Promise<Order> {
  const count = Math.min(podCount, 2_500);
  const byKind = await bareLeg(way, "kind after kind", count);
  const byPod = await bareLeg(way, "pod after pod", count);
  return byKind.ms <= byPod.ms ? "kind after kind" : "pod after pod";
}

/**
 * The same objects as the operator's, from a client that decides nothing, on an API server of its own.
 *
 * It has made the same pods before, because with them in its memory an API server takes longer over the same Services: for each new
 * one it goes through the addresses of all of them.
 */
export function bareLeg(way: Way, order: Order, count = podCount): Promise<Cost> {
  return onServer(async (server) => {
    await createPods(server, count);
    const made = children(count);
    const byKind = kinds.map((kind) => made[kind] ?? []);
    const byPod = Array.from({ length: count }, (_, i) => byKind.flatMap((objects) => objects.slice(i, i + 1)));
    const [serverBefore, ownBefore] = [await server.cpu(), process.cpuUsage()];
    const ms = await send(server.access, order === "kind after kind" ? byKind : [byPod.flat()], way);
    const { user, system } = process.cpuUsage(ownBefore);
    const cost = { ms, cpu: (user + system) / 1e6, serverCpu: (await server.cpu()) - serverBefore };
    await allThere(server, count);
    print(`bare client, the same ${count * 3} objects, ${order}, ${nameOf(way)}: ${shownCost(cost)}`);
    return cost;
  });
}
