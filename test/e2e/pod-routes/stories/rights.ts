import { expect, test } from "vitest";

import { refused } from "../../../permissions/audit.ts";
import type { Program } from "../clusters.ts";
import type { PodRouteRig } from "../rig.ts";

/** Of everything that the program has asked by now. */
export function rightsStory(rig: () => PodRouteRig, program: Program): void {
  test(`${program}: for all this, the rights that the chart gives it were enough`, async () => {
    const uses = await rig().uses(program);
    // Nobody runs as somebody else, then.
    expect(uses.filter(({ allowed }) => allowed).length).toBeGreaterThan(10);
    // What is made in a namespace that is going is forbidden too, to everybody.
    expect(refused(uses.filter(({ allowed }) => !allowed))).toEqual([]);
  });
}
