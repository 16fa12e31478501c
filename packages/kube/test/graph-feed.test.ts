import { expect, test, vi } from "vitest";

import { identityKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { graph, map } from "@headgate/delta";

import { graphFeed } from "@headgate/kube";
import { patience } from "./patience.ts";

const named = (kind: string, name: string): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "shop" },
});

test("a list takes out what it no longer holds, and nothing that another sink put into the same input", () => {
  const home = graph();
  const observed = home.input<KubeObject>({ name: "observed" });
  const key = (object: KubeObject): string => identityKey(refOf(object));
  const feed = graphFeed(home);
  const [pods, services] = [feed.sink(observed, key), feed.sink(observed, key)];

  pods.replace([named("Pod", "a"), named("Pod", "b")]);
  services.upsert(named("Service", "a"));
  pods.replace([named("Pod", "b"), named("Pod", "c")]);
  pods.remove(named("Pod", "c"));
  feed.flush();

  expect([...observed.entries()].map(([at]) => at).sort()).toEqual(["/Pod/shop/b", "/Service/shop/a"]);
});

test("what comes in one moment is one turn", async () => {
  const home = graph();
  const pods = home.input<KubeObject>({ name: "pods" });
  const turns: string[][] = [];
  pods.subscribe((changes) => {
    turns.push(changes.map(({ key }) => key));
  });
  const sink = graphFeed(home).sink(pods);
  sink.upsert(named("Pod", "a"));
  sink.upsert(named("Pod", "b"));
  sink.remove(named("Pod", "a"));
  await vi.waitFor(() => {
    expect(turns).toEqual([["shop/b"]]);
  }, patience);
});

test("what a turn throws ends the feed's run", async () => {
  const home = graph();
  const pods = home.input<KubeObject>({ name: "pods" });
  map(pods, {
    name: "faulty",
    row: () => {
      throw new Error("a bug");
    },
  });
  const feed = graphFeed(home);
  const run = feed.run(new AbortController().signal);
  feed.sink(pods).upsert(named("Pod", "a"));
  await expect(run).rejects.toThrow("a bug");
});
