import { graph, join } from "@headgate/delta";
import { quantile, time } from "./measure.ts";

interface Thing {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly target: string; readonly value: number };
}

const thing = (kind: string, i: number, value: number): Thing => ({
  metadata: { namespace: "shop", name: `${kind}-${String(i)}`, labels: { app: `app-${String(i)}`, kind } },
  spec: { target: `app-${String(i)}`, value },
});

/** Loads an equi-join of `size` × `size` objects in one turn, then updates one object a turn; all times in milliseconds. */
export function equiJoin(size: number, updates: number): { load: number; update: number; p99: number } {
  const g = graph();
  const left = g.input<Thing>({ name: "left" });
  const right = g.input<Thing>({ name: "right" });
  const pairs = join(left, right, {
    name: "pairs",
    leftKey: (l) => l.spec.target,
    rightKey: (r) => r.metadata.labels["app"],
    row: (l, r) => ({ name: l.metadata.name, sum: l.spec.value + r.spec.value, labels: r.metadata.labels }),
  });
  let heard = 0;
  pairs.subscribe((changes) => {
    heard += changes.length;
  });
  const lefts = Array.from({ length: size }, (_, i) => thing("left", i, i));
  const rights = Array.from({ length: size }, (_, i) => thing("right", i, i));
  const load = time(() => {
    g.turn((turn) => {
      for (const l of lefts) turn.set(left, l.metadata.name, l);
      for (const r of rights) turn.set(right, r.metadata.name, r);
    });
  });
  const times = Array.from({ length: updates }, (_, i) => {
    const [input, kind] = i % 2 === 0 ? [left, "left"] : [right, "right"];
    const row = thing(kind, (i * 7) % size, size + i);
    return time(() => {
      g.turn((turn) => {
        turn.set(input, row.metadata.name, row);
      });
    });
  });
  if (pairs.size !== size || heard !== size + updates)
    throw new Error(`wrong answer: ${pairs.size} pairs, ${heard} changes`);
  return { load, update: times.reduce((sum, t) => sum + t, 0) / updates, p99: quantile(times, 0.99) };
}
