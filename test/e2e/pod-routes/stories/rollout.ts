import { expect, test } from "vitest";

import { echoContainer, echoDeployment, isReady } from "../pods.ts";
import { eventually } from "../rig.ts";
import type { PodRouteRig } from "../rig.ts";
import { openRoom } from "../room.ts";
import { startTraffic } from "../traffic.ts";
import { routed } from "./workloads.ts";

/** After it was told to end, a pod serves on for this long, as a well-behaved program does that others still send requests to. */
const drainSeconds = 3;

/** Every pod of a fleet is replaced while all of them are asked. */
export function rolloutStory(rig: () => PodRouteRig, fleet: number): void {
  test(`a rolling update of ${String(fleet)} pods under traffic loses no request to a pod that still serves`, async () => {
    const room = await openRoom(rig(), "rolling");
    const pod = (version: string): { container: object; spec: object } => ({
      container: echoContainer([8080], { VERSION: version, ECHO_DRAIN: `${String(drainSeconds)}s` }),
      spec: { terminationGracePeriodSeconds: 10 * drainSeconds },
    });
    await room.create(echoDeployment("web", fleet, pod("1")));
    const old = await routed(room, fleet);

    const traffic = startTraffic(room);
    await eventually(() => {
      expect(traffic.report().served).toBeGreaterThan(2 * fleet);
    });
    const { spec } = echoDeployment("web", fleet, pod("2"));
    const { generation = 0 } = (await room.patch("Deployment", "web", { spec })).metadata;
    await eventually(async () => {
      const { status } = await room.get("Deployment", "web");
      // The controller's own annotation makes a further generation.
      expect((status as { readonly observedGeneration: number }).observedGeneration).toBeGreaterThanOrEqual(generation);
      expect(status).toMatchObject({ replicas: fleet, updatedReplicas: fleet, availableReplicas: fleet });
      expect((await room.list("Pod")).filter((one) => !isReady(one))).toEqual([]);
    });
    const renewed = await routed(room, fleet);
    for (const name of old) await room.answers(`/${name}/`, { status: 404 });
    const { failures, ...counts } = await traffic.stop();
    console.info(
      `rolling update of ${String(fleet)} pods: ${JSON.stringify({ ...counts, failures: failures.length })}`,
    );
    expect(failures).toEqual([]);
    expect(renewed.filter((name) => old.includes(name))).toEqual([]);
    // What this is about did happen: pods were asked while they were on their way out.
    expect(counts.servedLate).toBeGreaterThan(0);
  });
}
