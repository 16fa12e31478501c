import type { Input } from "@headgate/delta";
import type { GraphFeed, Result } from "@headgate/kube";
import type { RefusedWrite } from "@headgate/views/endpoint-policy";

import { failureNotice } from "./failures.ts";

/** Lets the views know which writes the API server refuses. */
export interface RefusedWrites {
  /** What became of an attempt. */
  note(result: Result): void;
  /** The action no longer stands. */
  forget(key: string): void;
}

export function refusedWrites(feed: GraphFeed, input: Input<RefusedWrite>): RefusedWrites {
  const told = new Set<string>();
  const forget = (key: string): void => {
    if (!told.delete(key)) return;
    feed.change((turn) => {
      turn.delete(input, key);
    });
  };
  return {
    forget,
    note: (result) => {
      const { key, action, outcome } = result;
      const notice = failureNotice(result);
      if (outcome !== "failed") forget(key);
      if (notice === undefined || action.do !== "apply") return;
      const { object } = action.desired;
      const { reason, message } = notice;
      told.add(key);
      feed.change((turn) => {
        turn.set(input, key, { object, refusal: { reason, message } });
      });
    },
  };
}
