import { setTimeout as delay } from "node:timers/promises";

import type { HeadgateProcess } from "../../e2e/headgate-process.ts";
import { writesSince } from "./api-server.ts";
import type { RealApiServer, Writes } from "./api-server.ts";
import { metrics, until, usage } from "./operator-process.ts";
import { print, shown } from "./printed.ts";

/** An API server that can be made to forget its history. */
type RelistingServer = Pick<RealApiServer, "client" | "writes" | "restart">;

/**
 * Nothing happens for as long as was asked for, except that in the middle everyone has to list everything anew. Resolves with what
 * was written meanwhile; `settled` waits for the operator to have nothing to do.
 */
export async function rest(
  server: RelistingServer,
  operator: HeadgateProcess,
  { forSeconds, settled }: { readonly forSeconds: number; readonly settled: () => Promise<void> },
): Promise<Writes> {
  const before = await server.writes();
  const usedBefore = await usage(operator);
  await delay(forSeconds * 500);
  const lists = await metrics(operator, "headgate_watch_relists");
  // While the operator can't see it something is written, and then the server forgets: no watch can go on where it was.
  operator.child.kill("SIGSTOP");
  await server.client.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "unseen", namespace: "default" },
  });
  await server.restart();
  operator.child.kill("SIGCONT");
  await until(async () => {
    const now = await metrics(operator, "headgate_watch_relists");
    return now.every((count, i) => count > (lists[i] ?? 0));
  });
  await delay(forSeconds * 500);
  await settled();
  const written = writesSince(before, await server.writes());
  const used = await usage(operator);
  print(
    `writes over ${forSeconds} s at rest with all ${lists.length} watches relisted: ${shown(written)}; ` +
      `${(used.cpu - usedBefore.cpu).toFixed(1)} CPU seconds, RSS ${used.rss.toFixed(0)} MiB`,
  );
  return written;
}
