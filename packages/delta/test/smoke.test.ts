import { expect, test } from "vitest";
import * as d from "@headgate/delta";

interface Pod {
  readonly app: string;
  readonly at: number;
}

test("a small program stays up to date", () => {
  const g = d.graph();
  const pods = g.input<Pod>({ name: "pods" });
  const apps = g.input<{ readonly port: number }>({ name: "apps" });
  const fresh = d.window(pods, { name: "fresh", at: (p) => p.at, span: 100 });
  const joined = d.leftJoin(apps, fresh, {
    name: "joined",
    leftKey: (_, key) => key,
    rightKey: (p) => p.app,
    row: (app, pod) => ({ port: app.port, at: pod?.at ?? -1 }),
  });
  const seen: unknown[] = [];
  joined.subscribe((changes) => seen.push(...changes));
  g.turn((t) => {
    t.set(pods, "p", { app: "a", at: 10 });
    t.set(apps, "a", { port: 80 });
  }, 20);
  expect(seen).toEqual([{ key: "a|p", before: undefined, after: { port: 80, at: 10 } }]);
  expect(g.nextWake()).toBe(110);
  seen.length = 0;
  g.turn(() => undefined, 110);
  expect(seen).toContainEqual({ key: "a|", before: undefined, after: { port: 80, at: -1 } });
  expect(seen).toContainEqual({ key: "a|p", before: { port: 80, at: 10 }, after: undefined });
  expect(g.explain(joined, "a|")?.because).toEqual([{ collection: "apps", key: "a", row: { port: 80 }, because: [] }]);
});
