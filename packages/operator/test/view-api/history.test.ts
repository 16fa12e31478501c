import { randomFrom } from "@headgate/testkit";
import { expect, test } from "vitest";

import { history } from "../../src/view-api/history.ts";
import { versions } from "../../src/view-api/versions.ts";
import { configMap, group, shopping, startMs, viewStage } from "./stage.ts";

const kind = { group, version: "v1alpha1", kind: "Shop", resource: "shop", controllers: ["shopping/shops"] };
const row = (name: string, value: number) => ({ metadata: { namespace: "n", name }, spec: { value } });
const content = (objects: ReadonlyMap<string, { readonly spec?: unknown }>): object =>
  Object.fromEntries([...objects].map(([key, { spec }]): [string, unknown] => [key, spec]).sort());

test("what was at any version, and the way from there, is what really was, or is said to be forgotten", () => {
  const seed = Number(process.env["HEADGATE_SEED"] ?? 1);
  const random = randomFrom(seed);
  const counted = versions(startMs);
  const of = history(kind, counted, 20);
  const then = new Map<number, object>([[counted.last(), {}]]);
  let known = 0;
  for (let step = 0; step < 400; step += 1) {
    const name = `o${String(Math.floor(random() * 6))}`;
    of.set(`n/${name}`, random() < 0.3 ? undefined : row(name, Math.floor(random() * 3)));
    then.set(counted.last(), content(of.objects));
    const asked = Math.floor(random() * (counted.last() + 1));
    const at = of.at(asked);
    const after = of.since(asked);
    expect(at === undefined, `HEADGATE_SEED=${String(seed)}`).toBe(after === undefined);
    if (at === undefined || after === undefined) continue;
    known += 1;
    expect(content(at)).toEqual(then.get(asked));
    const replayed = new Map(at);
    for (const { key, after: object } of after) {
      if (object === undefined) replayed.delete(key);
      else replayed.set(key, object);
    }
    expect(content(replayed)).toEqual(content(of.objects));
    expect(after.length).toBeLessThan(40);
  }
  expect([known > 10, of.since(0), of.at(0)]).toEqual([true, undefined, undefined]);
});

test("what is the same as before is no change, and what replaces all is what differs", () => {
  const counted = versions(startMs);
  const of = history(kind, counted, 20);
  of.set("n/a", row("a", 1));
  of.set("n/a", row("a", 1));
  of.set("n/b", undefined);
  expect(counted.last()).toBe(1);
  of.replace(new Map([["n/a", row("a", 1)]]));
  expect(counted.last()).toBe(1);
  of.replace(new Map([["n/c", row("c", 1)]]));
  expect(of.since(1)?.map(({ key, before, after }) => [key, before !== undefined, after !== undefined])).toEqual([
    ["n/a", true, false],
    ["n/c", false, true],
  ]);
});

test("versions rise from process to process, and those of another are gone", () => {
  const [first, second] = [versions(startMs), versions(startMs + 1)];
  first.next();
  second.next();
  const text = first.text(1);
  expect(BigInt(second.text(0)) > BigInt(text)).toBe(true);
  expect(first.parse(text)).toBe(1);
  expect(() => second.parse(text)).toThrow("not of this process");
  expect(() => first.parse(second.text(1))).toThrow("not of this process");
  expect(() => first.parse("1e3")).toThrow("Invalid value");
});

test("a view stays the same through other Operators, and is gone with its own", () => {
  const stage = viewStage();
  stage.put(configMap("one"));
  const view = stage.store.find(group, "v1alpha1", "shop");
  const last = stage.store.versions.last();
  stage.run([
    { apiVersion: "dcontroller.io/v1alpha1", kind: "Operator", metadata: { name: "other" }, spec: { controllers: [] } },
    shopping,
  ]);
  expect(stage.store.find(group, "v1alpha1", "shop")).toBe(view);
  expect(stage.store.versions.last()).toBe(last);
  stage.put(configMap("two"));
  expect([...(view?.objects.keys() ?? [])]).toEqual(["default/one", "default/two"]);
  stage.run([]);
  expect([stage.store.find(group, "v1alpha1", "shop"), view?.closed]).toEqual([undefined, true]);
});
