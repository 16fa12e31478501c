// Needs the rig: it stops and kills what a cluster runs on.
import { expect } from "vitest";
import { troubleTest } from "./trouble.ts";

const kills = 4 * Number(process.env["HEADGATE_RUNS"] ?? 1);
const watches = 5;

troubleTest(
  {
    name: `an API server killed with -9 ${kills} times under load costs one list per watch and start, and nothing else`,
    namespace: "restarts",
    timeout: 300_000 + kills * 30_000,
  },
  async ({ stage: { controlPlane }, random, begin }) => {
    const { operator, work } = await begin();
    await work.steps(40);
    for (let kill = 0; kill < kills; kill++) {
      await controlPlane.apiServer.stop("SIGKILL");
      controlPlane.apiServer.start();
      await controlPlane.ready();
      await work.steps(Math.floor(random() * 60));
    }
    await work.steps(20);
    return async () => {
      expect(await operator.metric("headgate_watch_relists")).toBeLessThanOrEqual(watches * (kills + 1));
      expect(await operator.metric("headgate_watch_missed_events")).toBe(0);
    };
  },
);
