/** The engine: an equi-join by itself, then one program against `@tanstack/db-ivm`, same events, answers compared. */
import assert from "node:assert/strict";
import type { Bar } from "./bar.ts";
import { equiJoin } from "./delta/equi-join.ts";
import { median, retained, time } from "./delta/measure.ts";
import { delta, peer, story } from "./delta/program.ts";
import type { Engine, Run, Story } from "./delta/program.ts";

const ROUNDS = 5;

/** Loads and plays the story; returns the run, the milliseconds of the load and the events per second after it. */
function play(engine: Engine, { pods, services, events }: Story): { run: Run; load: number; rate: number } {
  const run = engine.start();
  const load = time(() => {
    run.load(pods, services);
  });
  const elapsed = time(() => {
    for (const event of events) run.update(event);
  });
  return { run, load, rate: events.length / (elapsed / 1000) };
}

function compare(cluster: Story): { ours: number; theirs: number } {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    // Side by side, and each goes first in turn.
    const legs = [() => play(delta, cluster), () => play(peer, cluster)];
    const results =
      round % 2 === 0
        ? legs.map((leg) => leg())
        : legs
            .toReversed()
            .map((leg) => leg())
            .reverse();
    const [mine, other] = results;
    if (mine === undefined || other === undefined) throw new Error("a leg is missing");
    assert.deepEqual(sorted(mine.run), sorted(other.run));
    say(
      `round ${round + 1}: load ${ms(mine.load)} and ${ms(other.load)}, ${perSecond(mine.rate)} and ${perSecond(other.rate)}`,
    );
    ours.push(mine.rate);
    theirs.push(other.rate);
  }
  return { ours: median(ours), theirs: median(theirs) };
}

/** Bytes that an engine keeps for each pod, the pods themselves left out. */
function memoryPerRow(engine: Engine, { pods, services }: Story): number {
  const bytes = retained(() => {
    const run = engine.start();
    run.load(pods, services);
    return run;
  });
  return bytes / pods.length;
}

const sorted = (run: Run): unknown[] => [...run.answer].sort(([a], [b]) => (a < b ? -1 : 1));
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const perSecond = (value: number): string => `${Math.round(value).toLocaleString("en")} events/s`;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

export function bench(): readonly Bar[] {
  const joined = equiJoin(1000, 2000);
  say(
    `equi-join 1,000 × 1,000, cold: load ${ms(joined.load)}, update mean ${joined.update.toFixed(4)} ms, p99 ${joined.p99.toFixed(4)} ms`,
  );

  say(`map-filter-join-reduce, ${delta.name} and ${peer.name}, 1,000 services, 10,000 pods, one event a turn`);
  const cluster = story({ services: 1000, podsEach: 10, events: 50_000 });
  const { ours, theirs } = compare(cluster);
  say(`median: ${perSecond(ours)} and ${perSecond(theirs)}`);

  const [memory, peerMemory] = [memoryPerRow(delta, cluster), memoryPerRow(peer, cluster)];
  say(`memory per pod: ${memory.toFixed(0)} B and ${peerMemory.toFixed(0)} B`);

  return [
    { name: "delta-join-load", value: joined.load, unit: "ms", limit: { below: 100 } },
    { name: "delta-join-update", value: joined.update, unit: "ms", limit: { below: 0.05 } },
    { name: "delta-events-vs-db-ivm", value: ours / theirs, unit: "times", limit: { atLeast: 3 } },
    { name: "delta-memory-per-row", value: memory, unit: "B", limit: { below: 1500 } },
  ];
}
