// Needs the rig: it starts a control plane of its own.
import { randomFrom } from "@headgate/testkit";
import { startApiServer } from "@headgate/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPrivateControlPlane } from "../../rigs/kubernetes/private-control-plane.ts";
import type { Endpoint } from "./exchange.ts";
import { randomSteps } from "./random.ts";
import { tell } from "./story.ts";
import { inNamespace } from "./suite.ts";

/** The same stories each time, so that what passes once passes always; HEADGATE_SEED and HEADGATE_RUNS look for more. */
const first = Number(process.env["HEADGATE_SEED"] ?? 1);
const stories = Math.ceil(40 * Number(process.env["HEADGATE_RUNS"] ?? 1));
const open: { close(): Promise<void> }[] = [];
let endpoints: readonly Endpoint[] = [];

beforeAll(async () => {
  const plane = await startPrivateControlPlane(4);
  open.push(plane);
  await Promise.all([plane.controllerManager.stop("SIGKILL"), plane.scheduler.stop("SIGKILL")]);
  const local = await startApiServer();
  open.push(local);
  endpoints = [plane.access, { server: local.url }];
});

afterAll(async () => {
  for (const one of open) await one.close();
});

test(`any writes have the same answers on both servers (HEADGATE_SEED=${first})`, async () => {
  for (let seed = first; seed < first + stories; seed++) {
    const steps = randomSteps(randomFrom(seed), 10);
    const namespace = `random-${seed}`;
    const told = endpoints.map((endpoint) =>
      inNamespace(endpoint, namespace, () => tell(endpoint, { namespace, steps, managers: true })),
    );
    const [real, local] = await Promise.all(told);
    expect(local, `HEADGATE_SEED=${seed}`).toEqual(real);
  }
});
