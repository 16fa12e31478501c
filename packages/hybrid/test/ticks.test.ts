import { systemClock } from "@headgate/kube";
import type { Clock } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import { expect, onTestFinished, test, vi } from "vitest";

import { parsePipelines } from "../src/index.ts";
import { clientOf, configMap, running, virtualClock } from "./objects.ts";

/** A view that says when it was computed, and one of its rows gathered. */
const timed = `
controllers:
  - name: timed
    sources:
      - { apiGroup: "", kind: ConfigMap }
      - { kind: Tick, type: Periodic, parameters: { period: 1m } }
    pipeline:
      - "@project": { metadata: { name: all }, names: $.metadata.name }
      - "@gather": [$.metadata, $.names]
      - "@project": { metadata: $.metadata, names: $.names, at: "@now" }
    target: { kind: Timed }
  - name: still
    sources: [{ apiGroup: "", kind: ConfigMap }]
    pipeline: { "@project": { metadata: $.metadata, at: "@now" } }
    target: { kind: Still }
`;

test("a Periodic source has its controller computed anew once a period, and no other", async () => {
  const { time, clock } = virtualClock();
  const pipelines = parsePipelines(timed, { clock });
  running(pipelines.ticks());
  pipelines.put(configMap("a", "1"));
  const [begin, minute] = [clock.now(), 60_000];
  const at = (ms: number): string => new Date(begin + ms).toISOString().replace(/\.\d+Z$/, "Z");
  const told = (kind: string): readonly unknown[] =>
    pipelines
      .view(kind)
      .objects()
      .map((one) => one["at"]);
  expect([told("Timed"), told("Still")]).toEqual([[at(0)], [at(0)]]);
  await time.advance(minute - 1);
  expect(told("Timed")).toEqual([at(0)]);
  await time.advance(1);
  expect(told("Timed")).toEqual([at(minute)]);
  await time.advance(2 * minute);
  expect([told("Timed"), told("Still")]).toEqual([[at(3 * minute)], [at(0)]]);
});

test("where a cluster is watched, the sources that are clocks go too", async () => {
  const server = await startApiServer({});
  onTestFinished(() => server.close());
  const client = clientOf(server.url);
  await client.create(configMap("a", "1"));
  let seconds = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => 1_000 * (seconds += 1),
    after: (ms, fire) => systemClock.after(ms / 10, fire),
  };
  const pipelines = parsePipelines(timed.replace("1m", "1s"), { clock });
  const watch = pipelines.watch(client);
  running(watch);
  await watch.synced;
  const seen = new Set<unknown>();
  await vi.waitFor(
    () => {
      for (const { at } of pipelines.view<{ at: string }>("Timed").objects()) seen.add(at);
      expect(seen.size).toBeGreaterThan(2);
    },
    { timeout: 20_000, interval: 10 },
  );
});
