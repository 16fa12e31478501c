import { expect, vi } from "vitest";
import { openEnds } from "./end-state.ts";
import type { OperatorProcess } from "./operator-process.ts";
import type { Stage } from "./stage.ts";

/** Waits until nothing is left to do in a namespace, and the leader among these operators says so too. */
export async function settled(stage: Stage, namespace: string, operators: readonly OperatorProcess[]): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await openEnds(stage, namespace)).toEqual([]);
      const states = await Promise.all(
        operators.map(async (operator) => ({
          leads: await operator.metric("leader_election_master_status"),
          open: await operator.metric("headgate_pending_writes"),
        })),
      );
      expect(states.filter(({ leads }) => leads === 1)).toEqual([{ leads: 1, open: 0 }]);
    },
    { timeout: 300_000, interval: 200 },
  );
}
