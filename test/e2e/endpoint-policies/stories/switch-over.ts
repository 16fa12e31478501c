import { expect, test } from "vitest";
import { openApp } from "../app.ts";
import type { PolicyRig } from "../rig.ts";
import { traffic } from "../traffic.ts";

/** Nobody can connect to its pods in their first two seconds. */
const late = {
  id: "late",
  match: { path: "/late" },
  replicas: 2,
  podTemplate: { spec: { containers: [{ name: "late", env: [{ name: "ECHO_STARTUP_DELAY", value: "2s" }] }] } },
};

export function switchOverStory(rig: () => PolicyRig): void {
  test("requests move to a new primary endpoint when its pods, which start slowly, can serve; none is lost", async () => {
    const app = await openApp(rig(), "moving");
    const asking = traffic(app, "/late/x");
    await asking.more(20);
    await app.setEndpoints([late]);
    await app.answeredBy("/late/x", "late");
    await app.ready();
    const afterwards = traffic(app, "/late/x");
    await Promise.all([asking.more(100), afterwards.more(100)]);
    expect(await afterwards.stop()).toEqual(["late"]);
    // Asked before and answered late, one of the application's may be among the endpoint's; nothing else may.
    expect([...new Set(await asking.stop())]).toEqual(["main", "late"]);
    expect(await app.servedBy("/other")).toBe("main");
  });
}
