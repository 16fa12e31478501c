/**
 * Pipelines, one event a turn: a join, and the two endpoint pipelines, beside what was recorded of the original on a like
 * machine, alone on it. The bars are about processor time, which is much the same on a machine that is shared.
 */
import type { Bar } from "./bar.ts";
import { median, quantile } from "./delta/measure.ts";
import { endpoints, equiJoin, now, start } from "./pipelines/cluster.ts";
import type { Story } from "./pipelines/cluster.ts";

interface Figures {
  /** Milliseconds of the processor until every object of the story was in, one event each; and by the clock. */
  readonly load: number;
  readonly loadClock: number;
  /** Milliseconds of the processor for each event afterwards; and by the clock, the median and the 99th percentile. */
  readonly event: number;
  readonly median: number;
  readonly p99: number;
}

/** Milliseconds of the processor that this process has used, collection of garbage included. */
function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Plays a story into pipelines that have seen nothing. */
function play(story: Story): Figures {
  const pipelines = start(story);
  const [begin, used] = [performance.now(), processor()];
  for (const event of story.load) pipelines.apply([event], now);
  const [load, loadClock] = [processor() - used, performance.now() - begin];
  const last = pipelines.controllers.at(-1)?.id ?? "";
  const rows = pipelines.rows(last).size;
  if (rows !== story.rows || pipelines.faults().length > 0) throw new Error(`${rows} rows, ${story.rows} expected`);
  const beforeEvents = processor();
  const times = story.changes.map((event) => {
    const before = performance.now();
    const deltas = pipelines.apply([event], now);
    if (deltas.length === 0) throw new Error("an event changed nothing");
    return performance.now() - before;
  });
  const event = (processor() - beforeEvents) / times.length;
  return { load, loadClock, event, median: median(times), p99: quantile(times, 0.99) };
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function told(name: string, { load, loadClock, event, median, p99 }: Figures, beside: string): void {
  say(
    `${name}: load ${load.toFixed(1)} ms of the processor (${loadClock.toFixed(1)} ms by the clock), event ${event.toFixed(4)} ms ` +
      `(by the clock median ${median.toFixed(4)} ms, p99 ${p99.toFixed(4)} ms)${beside}`,
  );
}

const sizes = [1_000, 2_500, 5_000, 10_000];

/** Loads larger and larger clusters; returns how many times the cost of a Service the largest has over the smallest. */
function growth(file: "endpoints" | "endpoints-gathered"): number {
  const costs = sizes.map((services) => {
    const figures = play(endpoints(file, services));
    told(`${file}, ${services} services`, figures, `; ${((figures.load * 1_000) / services).toFixed(0)} µs a service`);
    return figures.load / services;
  });
  return (costs.at(-1) ?? Number.NaN) / (costs[0] ?? Number.NaN);
}

export function bench(): readonly Bar[] {
  const join = play(equiJoin(1_000));
  told("join, 1,000 + 1,000", join, "; the original: load 22.9 s, event 43 ms");
  const each = play(endpoints("endpoints", 500));
  told("endpoints, 500 services", each, "; the original: load 24 s, event 97 ms");
  const gathered = play(endpoints("endpoints-gathered", 500));
  told("endpoints-gathered, 500 services", gathered, "; the original: load 188 s, event 310 ms");
  say("growth, in the same process and so warm; the original's cost of an event grows with all objects that there are");
  const growths = [growth("endpoints"), growth("endpoints-gathered")];
  return [
    { name: "pipelines-join-load", value: join.load, unit: "ms", limit: { below: 100 } },
    { name: "pipelines-join-event", value: join.event, unit: "ms", limit: { below: 0.1 } },
    { name: "pipelines-endpoints-load", value: each.load, unit: "ms", limit: { below: 500 } },
    { name: "pipelines-endpoints-event", value: each.event, unit: "ms", limit: { below: 0.5 } },
    { name: "pipelines-gathered-load", value: gathered.load, unit: "ms", limit: { below: 500 } },
    { name: "pipelines-gathered-event", value: gathered.event, unit: "ms", limit: { below: 0.5 } },
    { name: "pipelines-growth-per-service", value: Math.max(...growths), unit: "times", limit: { below: 2 } },
  ];
}
