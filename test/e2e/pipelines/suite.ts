import type { Access } from "@headgate/kube";
import { afterAll, beforeAll, describe, test } from "vitest";
import { clockStories } from "./stories/clocks.ts";
import { predicateStories } from "./stories/predicates.ts";
import { pruneStories } from "./stories/prune.ts";
import { restartStories } from "./stories/restart.ts";
import { selectionStories } from "./stories/selection.ts";
import { statusStories } from "./stories/status.ts";
import { targetStories } from "./stories/targets.ts";
import { openCluster } from "./world.ts";
import type { PipelineCluster, World } from "./world.ts";

export interface PipelineRig {
  readonly name: string;
  /** A cluster on which nobody else serves Operators. */
  readonly open: () => Promise<{ readonly access: Access; close(): Promise<void> }>;
}

type Stories = Readonly<Record<string, (world: World) => Promise<void>>>;

/** One operator serves them all. */
const sideBySide: Stories = {
  ...clockStories,
  ...predicateStories,
  ...selectionStories,
  ...targetStories,
  ...statusStories,
  ...pruneStories,
};

/** In these it is replaced: who serves next has not seen what went before. */
const oneByOne: Stories = restartStories;

const timeoutMs = 480_000;

/** Tells what pipelines do with a cluster. */
export function pipelineStories(rig: PipelineRig): void {
  describe(rig.name, () => {
    let open: Awaited<ReturnType<PipelineRig["open"]>> | undefined;
    let cluster: PipelineCluster | undefined;
    beforeAll(async () => {
      open = await rig.open();
      cluster = await openCluster(open.access);
    }, timeoutMs);
    afterAll(async () => {
      await cluster?.close();
      await open?.close();
    });
    const tell = (stories: Stories): void => {
      for (const [name, story] of Object.entries(stories)) {
        test(name, { timeout: timeoutMs }, async () => {
          if (cluster === undefined) throw new Error("the rig did not open");
          await cluster.tell(story);
        });
      }
    };
    describe.concurrent("while one operator serves", () => {
      tell(sideBySide);
    });
    describe("when another takes over", () => {
      tell(oneByOne);
    });
  });
}
