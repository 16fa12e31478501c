import { expect, test } from "vitest";

import { identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { graph } from "@headgate/delta";

import { feed } from "../src/feed.ts";

const named = (kind: string, name: string): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "shop" },
});

test("a list takes out what it no longer holds, and nothing that another feed put into the same input", () => {
  const home = graph();
  const observed = home.input<KubeObject>({ name: "observed" });
  const key = (object: KubeObject): string => identityKey(refOf(object));
  const pods = feed(home, [{ input: observed, key }]);
  const services = feed(home, [{ input: observed, key }]);

  pods.replace([named("Pod", "a"), named("Pod", "b")]);
  services.upsert(named("Service", "a"));
  pods.replace([named("Pod", "b"), named("Pod", "c")]);

  expect([...observed.entries()].map(([at]) => at).sort()).toEqual(["/Pod/shop/b", "/Pod/shop/c", "/Service/shop/a"]);
});

test("an object stands in every input that it is fed to, and leaves all of them", () => {
  const home = graph();
  const [one, two] = [home.input<KubeObject>({ name: "one" }), home.input<KubeObject>({ name: "two" })];
  const both = feed(
    home,
    [one, two].map((input) => ({ input, key: ({ metadata }: KubeObject) => nameKey(metadata) })),
  );
  both.upsert(named("Pod", "a"));
  expect([one.size, two.size]).toEqual([1, 1]);
  both.remove(named("Pod", "a"));
  expect([one.size, two.size]).toEqual([0, 0]);
});
