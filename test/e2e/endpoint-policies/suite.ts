import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PolicyRig, PolicyRigKind } from "./rig.ts";
import { deletionStory } from "./stories/deletion.ts";
import { shareStory } from "./stories/share.ts";
import { switchOverStory } from "./stories/switch-over.ts";

type Story = (rig: () => PolicyRig) => void;

/** What endpoint policies promise to whoever sends requests; `further` stories take what not every rig has. */
export function policySuite(kind: PolicyRigKind, ...further: readonly Story[]): void {
  describe(kind.name, { timeout: 480_000 }, () => {
    let rig: PolicyRig;
    beforeAll(async () => {
      rig = await kind.open();
    });
    afterAll(async () => {
      await rig.close();
    });
    for (const story of [shareStory, switchOverStory, deletionStory, ...further]) story(() => rig);
    // The last one, because it is about all before it.
    test("for all this, the operator's rights were enough", () => {
      expect(rig.refused()).toEqual([]);
    });
  });
}
