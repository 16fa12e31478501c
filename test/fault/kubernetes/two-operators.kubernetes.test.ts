// Needs the rig: it stops and kills what a cluster runs on.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";

import type { ObjectRef } from "@headgate/api";
import { connect, lease, systemClock, untilAborted } from "@headgate/kube";

import { auditFlags, writesOutOfTerm } from "./audit.ts";
import { inBackground } from "./background.ts";
import { churn } from "./churn.ts";
import { makeCrowd } from "./crowd.ts";
import { expectFaultFree } from "./end-state.ts";
import type { OperatorProcess } from "./operator-process.ts";
import { unless } from "./insist.ts";
import { settled } from "./settled.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const patience = { timeout: 300_000, interval: 50 };
let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ flags: { apiServer: auditFlags } });
});
afterAll(() => stage.close());

test(
  `a leader that stood still for longer than its lease sends none of the writes that waited when it goes on (HEADGATE_SEED=${seed})`,
  { timeout: 480_000 },
  async () => {
    const { client } = stage;
    const namespace = await stage.namespace("fight");
    const people = churn(client, { namespace, seed });
    const leads = async (operator: OperatorProcess): Promise<boolean> =>
      (await operator.metric("leader_election_master_status")) === 1;
    const first = await stage.startOperator();
    await vi.waitUntil(() => leads(first), patience);
    const second = await stage.startOperator();
    const work = inBackground(people);
    for (const [leader, other, name] of [
      [first, second, "first"],
      [second, first, "second"],
    ] as const) {
      await vi.waitUntil(() => leads(leader), patience);
      // In the middle of much work, so that it would have more to write at once when it goes on.
      const before = leader.logged("reconciled");
      const arriving = makeCrowd(client, { namespace, name, count: 60 });
      await vi.waitUntil(() => leader.logged("reconciled") > before + 20, { ...patience, interval: 1 });
      const written = other.logged("reconciled");
      leader.child.kill("SIGSTOP");
      await arriving;
      await vi.waitUntil(() => other.logged("reconciled") > written + 20, patience);
      leader.child.kill("SIGCONT");
      await vi.waitUntil(async () => !(await leads(leader)), patience);
      await work.steps(30);
    }
    await work.stop();
    await settled(stage, namespace, [first, second]);
    // The one that stands by goes first, or it would take over once more.
    for (const operator of [second, first]) expect(await operator.stop()).toBe(0);

    const [before, ...terms] = writesOutOfTerm(await readFile(stage.path("audit.log"), "utf8"), stage.operatorUser);
    expect(before).toEqual([]);
    expect(terms).toHaveLength(3);
    // The one write that was just past its last check when the process was stopped can't be called back.
    for (const strays of terms) expect(strays.length, strays.join("; ")).toBeLessThanOrEqual(1);
    await people.foreign.check();
    await expectFaultFree(stage, namespace);
  },
);

test(
  "clocks that are wrong by an hour neither take a lease that is held nor hold on to one that is lost",
  { timeout: 480_000 },
  async () => {
    const namespace = await stage.namespace("skew");
    const ref: ObjectRef = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name: "contested" };
    const [minute, hour] = [60_000, 3_600_000];
    const together: string[] = [];
    const leading = new Set<string>();
    const candidates = new Map(
      [0, minute, -minute, hour, -hour].map((skew) => {
        const identity = `wrong by ${skew} ms`;
        const client = connect(stage.access);
        const stop = new AbortController();
        const run = lease(client, {
          ...{ namespace, name: ref.name, identity, durationMs: 4_000, renewDeadlineMs: 3_000, retryMs: 400 },
          clock: { ...systemClock, now: () => systemClock.now() + skew },
          lead: async (signal) => {
            leading.add(identity);
            if (leading.size > 1) together.push([...leading].join(" and "));
            await untilAborted(signal);
            leading.delete(identity);
          },
        }).run(stop.signal);
        onTestFinished(async () => {
          stop.abort();
          await run;
          await client.close();
        });
        return [identity, client] as const;
      }),
    );
    const held = async (): Promise<{ readonly holderIdentity?: string; readonly renewTime?: string }> =>
      (await unless(["NOT_FOUND"], () => stage.client.get(ref)))?.spec ?? {};
    while (candidates.size > 1) {
      // Renewed by one and the same for longer than the others wait.
      let renewals = { holder: "", times: new Set<string>() };
      await vi.waitUntil(async () => {
        const { holderIdentity = "", renewTime = "" } = await held();
        if (renewals.holder !== holderIdentity) renewals = { holder: holderIdentity, times: new Set() };
        renewals.times.add(renewTime);
        return candidates.has(renewals.holder) && renewals.times.size > 15;
      }, patience);
      // It is cut off, and the next one takes over.
      await candidates.get(renewals.holder)?.close();
      candidates.delete(renewals.holder);
      await vi.waitUntil(async () => candidates.has((await held()).holderIdentity ?? ""), patience);
    }
    expect(together).toEqual([]);
  },
);
