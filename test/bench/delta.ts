/** The engine: an equi-join by itself, then one program against `@tanstack/db-ivm`, same events, answers compared. */
import assert from "node:assert/strict";
import type { Bar } from "./bar.ts";
import { equiJoin } from "./delta/equi-join.ts";
import { median, retained, time } from "./delta/measure.ts";
import { delta, peer, story } from "./delta/program.ts";
import type { Engine, Event, Run, Story } from "./delta/program.ts";

const PASSES = 4;
const CHUNK = 2500;

/** Microseconds for each event, one figure for each chunk, of both engines. */
interface Legs {
  readonly ours: number[];
  readonly theirs: number[];
}

/**
 * Plays the same events into both engines, chunk by chunk in alternation, so that whatever else the machine does falls
 * on both alike; after each pass their answers have to be equal. The first pass warms up and is not counted.
 */
function compare({ pods, services, events }: Story): Legs {
  const [mine, other] = [delta.start(), peer.start()];
  for (const run of [mine, other]) run.load(pods, services);
  assert.deepEqual(sorted(mine), sorted(other));
  const legs: Legs = { ours: [], theirs: [] };
  for (let pass = 0; pass < PASSES; pass++) {
    for (let start = 0; start < events.length; start += CHUNK) {
      const chunk = events.slice(start, start + CHUNK);
      const [ours, theirs] = [mine, other].map(
        (run) =>
          (time(() => {
            for (const event of chunk) run.update(event);
          }) *
            1000) /
          chunk.length,
      );
      if (pass === 0 || ours === undefined || theirs === undefined) continue;
      legs.ours.push(ours);
      legs.theirs.push(theirs);
    }
    assert.deepEqual(sorted(mine), sorted(other));
    // The next pass starts where this one ended: the events lead back to the pods of the beginning.
    for (const run of [mine, other]) for (const back of rewind(events)) run.update(back);
  }
  return legs;
}

/** What takes all events back, so that a pass can be played again with the right rows retracted. */
function rewind(events: readonly Event[]): Event[] {
  return events.toReversed().map(({ before, after }) => ({ before: after, after: before }));
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
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Says how both fare with a cluster; returns how many times the peer's events per second ours are. */
function atScale(cluster: Story): number {
  const { ours, theirs } = compare(cluster);
  const rates = [ours, theirs].map((times) => Math.round(1e6 / median(times)));
  const times = median(ours.map((us, i) => (theirs[i] ?? 0) / us));
  say(
    `${cluster.services.length} services, ${cluster.pods.length} pods: ${rates.join(" and ")} events/s, ` +
      `median of ${ours.length} chunks; ${times.toFixed(2)} times`,
  );
  return times;
}

export function bench(): readonly Bar[] {
  const joined = equiJoin(1000, 2000);
  say(
    `equi-join 1,000 × 1,000, cold: load ${ms(joined.load)}, update mean ${joined.update.toFixed(4)} ms, p99 ${joined.p99.toFixed(4)} ms`,
  );

  say(`map-filter-join-reduce, ${delta.name} and ${peer.name}, one event a turn`);
  const times = atScale(story({ services: 100, podsEach: 10, events: 25_000 }));
  // Ten times the rows no longer fit the processor's caches, and the memory's pace tells more than the engines'.
  const cluster = story({ services: 1000, podsEach: 10, events: 25_000 });
  atScale(cluster);

  const [memory, peerMemory] = [memoryPerRow(delta, cluster), memoryPerRow(peer, cluster)];
  say(`memory per pod: ${memory.toFixed(0)} B and ${peerMemory.toFixed(0)} B`);

  return [
    { name: "delta-join-load", value: joined.load, unit: "ms", limit: { below: 100 } },
    { name: "delta-join-update", value: joined.update, unit: "ms", limit: { below: 0.05 } },
    { name: "delta-events-vs-db-ivm", value: times, unit: "times", limit: { atLeast: 3 } },
    { name: "delta-memory-per-row", value: memory, unit: "B", limit: { below: 1500 } },
  ];
}
