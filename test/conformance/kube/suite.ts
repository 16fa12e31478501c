import { afterAll, beforeAll, describe, test } from "vitest";
import { applyLaws } from "./apply-laws.ts";
import { clientLaws } from "./client-laws.ts";
import { effectLaws } from "./effect-laws.ts";
import { Unable } from "./rig.ts";
import type { Rig, RigServer } from "./rig.ts";
import type { World } from "./world.ts";
import { inWorld } from "./world.ts";

const laws: Readonly<Record<string, (world: World) => Promise<void>>> = { ...clientLaws, ...applyLaws, ...effectLaws };

/** A real server takes its time for restarts. */
const lawTimeoutMs = 240_000;

/**
 * Holds an API server, and what we do with it, to what the Kubernetes API promises. A known gap must fail; a name that is no
 * law is an error.
 */
export function kubeSuite(rig: Rig): void {
  const gaps = rig.knownGaps ?? [];
  for (const gap of gaps) if (!(gap in laws)) throw new Error(`${rig.name}: there is no law "${gap}"`);
  describe(rig.name, () => {
    let server: RigServer | undefined;
    beforeAll(async () => {
      server = await rig.open();
    }, lawTimeoutMs);
    afterAll(() => server?.close());
    for (const [name, law] of Object.entries(laws)) {
      const check = gaps.includes(name) ? test.fails : test;
      check(
        name,
        async ({ skip }) => {
          if (server === undefined) throw new Error("the rig did not open");
          try {
            await inWorld(server, law);
          } catch (error) {
            if (error instanceof Unable) skip(error.message);
            throw error;
          }
        },
        lawTimeoutMs,
      );
    }
  });
}
