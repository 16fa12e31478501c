import { isDeepStrictEqual } from "node:util";

import type { Action, KubeObject, Notice } from "@headgate/api";
import { refOf, resourceTypes } from "@headgate/api";
import type { Result, Sink } from "@headgate/kube";
import { actuator, lease, listAll, recorder, reflect } from "@headgate/kube";
import { expect } from "vitest";
import type { World } from "./world.ts";
import { ConfigMap, eventually, keepingSink, versionsOf } from "./world.ts";

type Law = (world: World) => Promise<void>;

const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "u" };

function apply(object: KubeObject, observed?: KubeObject): Action {
  const { uid = "", resourceVersion = "" } = observed?.metadata ?? {};
  return {
    do: "apply",
    desired: { controller: "law", owner, object },
    ...(observed === undefined ? {} : { observed: { uid, resourceVersion } }),
  };
}

/** Carries out actions, one after the other; the results. */
async function carryOut({ client, start }: World, ...actions: readonly Action[]): Promise<readonly Result[]> {
  const results: Result[] = [];
  const executor = actuator(client, { onResult: (result) => results.push(result) });
  const running = start(executor);
  for (const [index, action] of actions.entries()) {
    executor.set(String(index), action);
    await eventually(() => results.length === index + 1);
  }
  await running.stop();
  return results;
}

/** What the package does with an API server: reflect, act, record and lead. */
export const effectLaws: Readonly<Record<string, Law>> = {
  "a reflector holds what the server holds, from the first page to the last change": async ({
    client,
    configMap,
    ref,
    namespace,
    start,
  }) => {
    for (const name of ["a", "b", "c", "d", "e"]) await client.create(configMap(name));
    const sink = keepingSink();
    const reflector = reflect(client, { type: ConfigMap, namespace }, sink, { pageSize: 2 });
    start(reflector);
    await reflector.synced;
    await client.delete(ref(configMap("b")));
    await client.create(configMap("f"));
    await client.patch(ref(configMap("c")), { data: { k: "2" } }, { type: "merge" });
    await client.delete(ref(configMap("f")));
    await client.create(configMap("f", { k: "again" }));
    const { items } = await listAll(client, ConfigMap, { namespace });
    await eventually(() => JSON.stringify(versionsOf(sink.held.values())) === JSON.stringify(versionsOf(items)));
    // What a list and what a watch tell of an object is the same.
    for (const item of items) expect(sink.held.get(`${namespace}/${item.metadata.name}`)).toEqual(item);
    expect(reflector.stats).toMatchObject({ lists: 1, misses: 0, failures: 0 });
  },
  "a reflector goes on after a restart of the server without listing again": async ({
    client,
    server,
    configMap,
    namespace,
    start,
  }) => {
    const sink = keepingSink();
    const reflector = reflect(client, { type: ConfigMap, namespace }, sink, { backoff: { first: 50, most: 500 } });
    start(reflector);
    await reflector.synced;
    await server.restart();
    await eventually(
      () =>
        client.create(configMap("after")).then(
          () => true,
          () => false,
        ),
      60_000,
    );
    await eventually(() => sink.held.has(`${namespace}/after`), 60_000);
    expect(reflector.stats).toMatchObject({ misses: 0 });
  },
  "a comparing list finds nothing amiss on a sound server": async ({ client, configMap, namespace, start }) => {
    const sink = keepingSink();
    const reflector = reflect(client, { type: ConfigMap, namespace }, sink, { compareEveryMs: 50 });
    start(reflector);
    await reflector.synced;
    for (let i = 0; reflector.stats.comparisons < 5; i++) await client.create(configMap(`cm-${i}`));
    await client.create(configMap("last"));
    await eventually(() => sink.held.has(`${namespace}/last`));
    expect(reflector.stats).toMatchObject({ misses: 0, failures: 0 });
  },
  "creating never touches an object that is there": async (world) => {
    const { client, configMap, ref } = world;
    const foreign = await client.create(configMap("a", { k: "theirs" }));
    const results = await carryOut(world, apply(configMap("a", { k: "ours", more: "ours" })));
    expect(results).toMatchObject([{ outcome: "failed", error: { code: "ALREADY_EXISTS" } }]);
    expect(await client.get(ref(foreign))).toEqual(foreign);
  },
  "changing touches the observed incarnation only": async (world) => {
    const { client, configMap, ref } = world;
    const ours = await client.create(configMap("a", { k: "ours" }));
    await client.delete(ref(ours));
    const foreign = await client.create(configMap("a", { k: "theirs" }));
    const results = await carryOut(world, apply(configMap("a", { k: "ours" }), ours));
    expect(results).toMatchObject([{ outcome: "failed", error: { code: "CONFLICT" } }]);
    expect(await client.get(ref(foreign))).toEqual(foreign);
  },
  "a field that is no longer wanted goes, though it came with the creation": async (world) => {
    const { client, configMap, service, ref } = world;
    for (const [before, after] of [
      [configMap("a", { kept: "1", dropped: "1" }), configMap("a", { kept: "1" })],
      [service("s", { labels: { kept: "1", dropped: "1" } }), service("s", { labels: { kept: "1" } })],
    ] as const) {
      await carryOut(world, apply(before));
      await carryOut(world, apply(after, await client.get(ref(before))));
      const now = await client.get(ref(after));
      expect(now["data"] ?? now.metadata.labels).toEqual({ kept: "1" });
    }
  },
  "doing again what is done writes nothing": async (world) => {
    const { client, service, ref } = world;
    const object = service("s", { labels: { l: "1" } });
    await carryOut(world, apply(object));
    await carryOut(world, apply(object, await client.get(ref(object))));
    const settled = await client.get(ref(object));
    expect(await carryOut(world, apply(object, settled), apply(object, settled))).toMatchObject([
      { outcome: "unchanged" },
      { outcome: "unchanged" },
    ]);
    expect(await client.get(ref(object))).toEqual(settled);
  },
  "one change is one write, from the first on": async ({ client, configMap, namespace, start }) => {
    const results: Result[] = [];
    const versions = new Set<unknown>();
    const executor = actuator(client, { onResult: (result) => results.push(result) });
    let wanted = configMap("a", { k: "1" });
    let observed: KubeObject | undefined;
    /** As a plan does: an action for as long as the object that is there is not as it should be. */
    const decide = (): void => {
      if (observed !== undefined && isDeepStrictEqual(observed["data"], wanted["data"])) executor.delete("a");
      else executor.set("a", apply(wanted, observed));
    };
    const see = (object: KubeObject): void => {
      if (object.metadata.name !== "a") return;
      observed = object;
      versions.add(object.metadata.resourceVersion);
      decide();
    };
    const sink: Sink = {
      replace: (objects) => {
        for (const object of objects) see(object);
      },
      upsert: see,
      remove: see,
    };
    start(executor);
    const reflector = reflect(client, { type: ConfigMap, namespace }, sink);
    start(reflector);
    await reflector.synced;
    /** The writes that an object took to become what is wanted. */
    const writesFor = async (data: Readonly<Record<string, string>>): Promise<number> => {
      const [writes, before] = [versions.size, results.length];
      wanted = configMap("a", data);
      decide();
      await eventually(() => isDeepStrictEqual(observed?.["data"], wanted["data"]));
      await executor.idle();
      expect(results.slice(before)).toMatchObject([{ outcome: before === 0 ? "created" : "changed" }]);
      return versions.size - writes;
    };
    expect(await writesFor({ k: "1" })).toBe(1);
    for (const k of ["2", "3", "4"]) expect(await writesFor({ k })).toBe(1);
    expect(await writesFor({ k: "4", more: "1" })).toBe(1);
    // What came with the creation can only be dropped when it is owned by applying, and that costs a write, once.
    expect(await writesFor({ more: "1" })).toBeLessThanOrEqual(2);
    for (const more of ["2", "3"]) expect(await writesFor({ more })).toBe(1);
    expect(await writesFor({ more: "3", k: "5" })).toBe(1);
    expect(await writesFor({ more: "3" })).toBe(1);
  },
  "replicas that someone else scaled are left alone": async (world) => {
    const { client, namespace } = world;
    const deployment = (image: string): KubeObject => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace, name: "d" },
      spec: {
        selector: { matchLabels: { app: "d" } },
        template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "main", image }] } },
      },
    });
    const ref = refOf(deployment("one"));
    await carryOut(world, apply(deployment("one")));
    await client.patch(ref, { spec: { replicas: 3 } }, { type: "merge", subresource: "scale", manager: "scaler" });
    for (const image of ["two", "three"]) await carryOut(world, apply(deployment(image), await client.get(ref)));
    expect(await client.get(ref)).toMatchObject({
      spec: { replicas: 3, template: { spec: { containers: [{ image: "three" }] } } },
    });
  },
  "pruning takes exactly the incarnation that was ours": async (world) => {
    const { client, configMap, ref } = world;
    const ours = await client.create(configMap("a"));
    const prune: Action = { do: "delete", controller: "law", target: { ...ref(ours), uid: ours.metadata.uid ?? "" } };
    expect(await carryOut(world, prune)).toMatchObject([{ outcome: "deleted" }]);
    const foreign = await client.create(configMap("a"));
    expect(await carryOut(world, prune)).toMatchObject([{ outcome: "gone" }]);
    expect(await client.get(ref(foreign))).toEqual(foreign);
  },
  "a finalizer is taken off whoever set it, and only that one": async (world) => {
    const { client, configMap, ref } = world;
    const { metadata, ...rest } = configMap("a");
    const finalizers = ["test.dev/ours", "test.dev/theirs"];
    const held = await client.create({ ...rest, metadata: { ...metadata, finalizers } }, { manager: "person" });
    const release = (finalizer: string): Action => {
      return { do: "release", controller: "law", target: { ...ref(held), uid: held.metadata.uid ?? "" }, finalizer };
    };
    await client.delete(ref(held));
    expect(await carryOut(world, release("test.dev/ours"))).toMatchObject([{ outcome: "changed" }]);
    expect((await client.get(ref(held))).metadata.finalizers).toEqual(["test.dev/theirs"]);
    expect(await carryOut(world, release("test.dev/ours"))).toMatchObject([{ outcome: "unchanged" }]);
    expect(await carryOut(world, release("test.dev/theirs"))).toMatchObject([{ outcome: "changed" }]);
    expect(await carryOut(world, release("test.dev/theirs"))).toMatchObject([{ outcome: "gone" }]);
  },
  "a status that was computed from an older version is dropped": async (world) => {
    const { client, service, ref } = world;
    const made = await client.create(service("a"));
    const status = (object: KubeObject, reason: string): Action => ({
      do: "status",
      desired: {
        controller: "law",
        target: refOf(object),
        resourceVersion: object.metadata.resourceVersion ?? "",
        status: {
          conditions: [
            { type: "Good", status: "True", reason, message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
          ],
        },
      },
    });
    const outcomes = await carryOut(world, status(made, "First"), status(made, "Second"));
    expect(outcomes).toMatchObject([{ outcome: "changed" }, { outcome: "dropped" }]);
    const now = await client.get(ref(made));
    expect(now).toMatchObject({ status: { conditions: [{ reason: "First" }] } });
    expect(await carryOut(world, status(now, "First"))).toMatchObject([{ outcome: "unchanged" }]);
  },
  "notices become Events that people find by the object that they are about": async ({
    client,
    configMap,
    namespace,
    start,
  }) => {
    const about = refOf(await client.create(configMap("a")));
    const notice: Notice = { controller: "law", about, type: "Warning", reason: "Bent", message: "it is bent" };
    const events = recorder(client, { component: "headgate" });
    start(events);
    for (let i = 0; i < 3; i++) {
      events.record(notice);
      await events.idle();
    }
    const found = await listAll(client, resourceTypes.Event, {
      namespace,
      fieldSelector: `involvedObject.uid=${about.uid ?? ""}`,
    });
    expect(found.items).toMatchObject([{ type: "Warning", reason: "Bent", message: "it is bent", count: 3 }]);
    expect(events.stats).toEqual({ written: 3, dropped: 0 });
  },
  "of two candidates one leads; when it stops the other takes over": async ({ client, namespace, start }) => {
    const leading = new Set<string>();
    const candidate = (identity: string): { stop(): Promise<void> } =>
      start(
        lease(client, {
          namespace,
          name: "election",
          identity,
          // That the second one leads is because the first has stopped, and not because it was slow.
          durationMs: 60_000,
          renewDeadlineMs: 40_000,
          retryMs: 100,
          lead: async (signal) => {
            expect(leading.size).toBe(0);
            leading.add(identity);
            await new Promise((resolve) => {
              signal.addEventListener("abort", resolve, { once: true });
            });
            leading.delete(identity);
          },
        }),
      );
    const first = candidate("first");
    await eventually(() => leading.has("first"));
    candidate("second");
    const ref = { ...refOf({ ...resourceTypes.Lease, metadata: { name: "election" } }), namespace };
    const renewals = new Set<unknown>();
    await eventually(
      async () => renewals.add(((await client.get(ref)).spec as { renewTime: unknown }).renewTime).size >= 4,
    );
    expect([...leading]).toEqual(["first"]);
    await first.stop();
    await eventually(() => leading.has("second"));
    expect(await client.get(ref)).toMatchObject({ spec: { holderIdentity: "second", leaseTransitions: 1 } });
  },
};
