import { afterAll, beforeAll, describe } from "vitest";

import type { PodRouteRig, PodRouteRigKind } from "./rig.ts";
import { childStories } from "./stories/children.ts";
import { commandStories } from "./stories/command.ts";
import { lifeStories } from "./stories/life.ts";
import { absenceStories } from "./stories/operator.ts";
import { rightsStory } from "./stories/rights.ts";
import { rolloutStory } from "./stories/rollout.ts";
import { routeStories } from "./stories/routes.ts";
import { workloadStories } from "./stories/workloads.ts";

/** What pod routes promise, from the pod's label to the answer that a client gets. */
export function podRouteSuite(kind: PodRouteRigKind): void {
  describe(kind.name, { timeout: 600_000 }, () => {
    let rig: PodRouteRig;
    beforeAll(async () => {
      rig = await kind.open();
    });
    afterAll(async () => {
      await rig.close();
    });
    for (const stories of [lifeStories, childStories, routeStories, workloadStories, absenceStories, commandStories])
      stories(() => rig);
    rolloutStory(() => rig, kind.fleet);
    // The last one, because it is about all before it.
    for (const program of kind.accounts) rightsStory(() => rig, program);
  });
}
