import { describe, expect, test } from "vitest";
import { shortened, statusOf } from "../../src/pipelines/health.ts";
import type { Health } from "../../src/pipelines/health.ts";
import { restingRows } from "../../src/pipelines/unrest.ts";
import { fakeClock } from "@headgate/testkit";

const object = {
  apiVersion: "dcontroller.io/v1alpha1",
  kind: "Operator",
  metadata: { name: "op", uid: "u", resourceVersion: "5", generation: 2 },
};
const fine: Health = { name: "c", broken: [], waiting: [], errors: [] };
const at = "2026-01-01T00:00:00Z";

function ready(...controllers: Health[]): unknown {
  const { status } = statusOf(object, { invalid: [], controllers }, at) ?? { status: {} };
  const {
    conditions,
    running,
    controllers: each,
  } = status as unknown as {
    conditions: { status: string; reason: string }[];
    running: string;
    controllers: { conditions: { status: string; reason: string }[] }[];
  };
  const shown = (list: readonly { status: string; reason: string }[]): string =>
    list.map(({ status: is, reason }) => `${is}/${reason}`).join();
  return [shown(conditions), running, ...each.map((one) => shown(one.conditions))];
}

describe("the status of an Operator", () => {
  test("says for each controller what is the case, and of the whole the worst", () => {
    const waiting = { ...fine, name: "w", waiting: ["source v1/Pod"] };
    const failing = { ...fine, name: "f", errors: ["no"] };
    const broken = { ...fine, name: "b", broken: ["spec.controllers[0].pipeline: no"] };
    expect(ready(fine)).toEqual(["True/Ready", "1/1", "True/Ready"]);
    expect(ready(fine, waiting)).toEqual(["Unknown/Starting", "1/2", "True/Ready", "Unknown/Starting"]);
    expect(ready(fine, failing)).toEqual([
      "Unknown/ReconciliationFailed",
      "1/2",
      "True/Ready",
      "Unknown/ReconciliationFailed",
    ]);
    expect(ready(failing, broken)).toEqual(["False/NotReady", "0/2", "Unknown/ReconciliationFailed", "False/NotReady"]);
    expect(ready({ ...waiting, errors: ["may not"] })).toEqual(["False/NotReady", "0/1", "False/NotReady"]);
  });

  test("keeps the latest ten errors, each of 245 characters at most", () => {
    const errors = Array.from({ length: 12 }, (_, i) => `error ${String(i)}`);
    const written = statusOf(object, { invalid: [], controllers: [{ ...fine, errors }] }, at);
    expect(written?.status["controllers"]).toMatchObject([{ lastErrors: errors.slice(2) }]);
    expect(shortened("a".repeat(245))).toHaveLength(245);
    expect(shortened(`${"a".repeat(200)}${"b".repeat(200)}`)).toBe(`${"a".repeat(119)}[...]${"b".repeat(120)}`);
  });

  test("is written once, and says since when: as long as a condition stays, that stays", () => {
    const written = statusOf(object, { invalid: [], controllers: [fine] }, at);
    const now = { ...object, status: written?.status };
    expect(statusOf(now, { invalid: [], controllers: [fine] }, "2026-02-02T00:00:00Z")).toBeUndefined();
    const later = statusOf(
      now,
      { invalid: [], controllers: [fine, { ...fine, name: "d", errors: ["x"] }] },
      "2026-02-02T00:00:00Z",
    );
    expect(later?.status).toMatchObject({
      conditions: [{ status: "Unknown", lastTransitionTime: "2026-02-02T00:00:00Z" }],
      controllers: [{ conditions: [{ lastTransitionTime: at }] }, { conditions: [{ status: "Unknown" }] }],
    });
  });

  test("of an Operator that is malformed tells what is wrong", () => {
    const written = statusOf(object, { invalid: ["spec.controllers: Required value"], controllers: [] }, at);
    expect(written?.status["conditions"]).toMatchObject([
      { status: "False", reason: "NotReady", message: "spec.controllers: Required value" },
    ]);
  });
});

describe("rows that a circle of controllers changes again and again", () => {
  test("rest for a while after twenty changes within ten seconds, and are told of until then", async () => {
    const clock = fakeClock();
    const rested: string[] = [];
    const rows = restingRows({
      clock: { elapsed: () => clock.now(), after: (ms, fire) => clock.after(ms, fire) },
      onRest: () => rested.push("rest"),
      onRested: (controller, key) => rested.push(`${controller} ${key}`),
    });
    const change = { controller: "op/a", key: "n/x", circle: ["op/a", "op/b"], isChange: true };
    const held = Array.from({ length: 22 }, () => rows.hold(change));
    expect(held).toEqual([...Array.from({ length: 20 }, () => false), true, true]);
    expect(rows.hold({ ...change, key: "n/y" })).toBe(false);
    expect(rows.texts()).toEqual([["op/a", expect.stringContaining("op/a → op/b → op/a")]]);
    await clock.advance(10_000);
    expect([rested, rows.texts()]).toEqual([["rest", "op/a n/x"], []]);
  });

  test("do not rest when they change that often in a longer time", async () => {
    const clock = fakeClock();
    const rows = restingRows({
      clock: { elapsed: () => clock.now(), after: (ms, fire) => clock.after(ms, fire) },
      onRest: () => undefined,
      onRested: () => undefined,
    });
    for (let i = 0; i < 100; i++) {
      expect(rows.hold({ controller: "op/a", key: "k", circle: ["op/a"], isChange: true })).toBe(false);
      await clock.advance(600);
    }
  });
});
