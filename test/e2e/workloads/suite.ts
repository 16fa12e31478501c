import { afterAll, beforeAll, describe, test } from "vitest";
import { endpointStories } from "./endpoints.ts";
import { ownershipStories } from "./ownership.ts";
import { podStories } from "./pods.ts";
import { rolloutStories } from "./rollouts.ts";
import type { WorkloadCluster, WorkloadRig, World } from "./world.ts";
import { inWorld } from "./world.ts";

type Stories = Readonly<Record<string, (world: World) => Promise<void>>>;

/** What every cluster does with workloads: controllers, scheduler and node together. */
export const workloadStories: Stories = { ...rolloutStories, ...podStories, ...endpointStories, ...ownershipStories };

const storyTimeoutMs = 600_000;

/** Tells the stories side by side, each in a namespace of its own: most of them wait for something. */
export function workloadSuite(rig: WorkloadRig, stories: Stories = workloadStories): void {
  describe.concurrent(rig.name, () => {
    let cluster: WorkloadCluster | undefined;
    beforeAll(async () => {
      cluster = await rig.open();
    }, storyTimeoutMs);
    afterAll(() => cluster?.close());
    for (const [name, story] of Object.entries(stories)) {
      test(
        name,
        async () => {
          if (cluster === undefined) throw new Error("the rig did not open");
          await inWorld(cluster, story);
        },
        storyTimeoutMs,
      );
    }
  });
}
