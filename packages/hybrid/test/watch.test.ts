import { refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { systemClock } from "@headgate/kube";
import type { Client, Clock } from "@headgate/kube";
import { createStorage, startApiServer } from "@headgate/local";
import type { ApiServer, Storage } from "@headgate/local";
import { expect, onTestFinished, test, vi } from "vitest";

import { parsePipelines, supervise } from "../src/index.ts";
import type { HybridPipelines } from "../src/index.ts";
import type { Size } from "./objects.ts";
import { clientOf, configMap, running, settled, sizePipelines, sizes, told } from "./objects.ts";

async function serverOf(storage: Storage = createStorage(), port = 0): Promise<ApiServer> {
  const server = await startApiServer({ storage, port });
  onTestFinished(() => server.close());
  return server;
}

/** All that the view says from now on. */
function hearing(pipelines: HybridPipelines): string[] {
  const heard: string[] = [];
  const stop = new AbortController();
  const done = (async () => {
    for await (const event of pipelines.view<Size>("Size").events(stop.signal)) heard.push(told(event));
  })();
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  return heard;
}

const until = async (check: () => void): Promise<void> => {
  await vi.waitFor(check, { timeout: 60_000, interval: 10 });
};
const quick: Clock = { ...systemClock, after: (ms, fire) => systemClock.after(ms / 20, fire) };

test("a view follows the cluster", async () => {
  const client = clientOf((await serverOf()).url);
  await client.create(configMap("a", "1"));
  const pipelines = sizePipelines();
  const heard = hearing(pipelines);
  const watch = pipelines.watch(client);
  running(watch);
  await watch.synced;
  expect(pipelines.view<Size>("Size").objects()).toMatchObject([{ size: "1" }]);
  const steps: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => client.create(configMap("b", "1")), "+b=1"],
    [() => client.replace(configMap("a", "2")), "~a=2"],
    [() => client.delete(refOf(configMap("b"))), "-b=1"],
  ];
  const wanted = ["+a=1"];
  for (const [step, event] of steps) {
    await step();
    wanted.push(event);
    await until(() => {
      expect(heard).toEqual(wanted);
    });
  }
});

test("nothing is said before every source has been read", async () => {
  const client = clientOf((await serverOf()).url);
  await client.create(configMap("a", "1"));
  await client.create({ ...configMap("a"), kind: "Secret" });
  const secrets = Promise.withResolvers<undefined>();
  const slow: Client = {
    ...client,
    list: async (type, options) => {
      if (type.kind === "Secret") await secrets.promise;
      return client.list(type, options);
    },
  };
  const pipelines = parsePipelines(`
controllers:
  - name: without-secret
    sources: [{ apiGroup: "", kind: ConfigMap }, { apiGroup: "", kind: Secret }]
    pipeline:
      - "@join": { "@eq": [$.ConfigMap.metadata.name, $.Secret.metadata.name] }
      - "@project": { metadata: { name: $.ConfigMap.metadata.name }, size: $.ConfigMap.data.size }
    target: { kind: Paired }
  - name: sizes
    sources: [{ apiGroup: "", kind: ConfigMap }]
    pipeline:
      - "@project": { metadata: { name: $.metadata.name }, size: $.data.size }
    target: { kind: Size }
`);
  const heard = hearing(pipelines);
  const watch = pipelines.watch(slow);
  running(watch);
  await client.create(configMap("b", "1"));
  await settled();
  expect([heard, pipelines.view("Paired").objects()]).toEqual([[], []]);
  secrets.resolve(undefined);
  await watch.synced;
  expect(pipelines.view("Paired").objects()).toMatchObject([{ metadata: { name: "a" }, size: "1" }]);
  await until(() => {
    expect(heard.toSorted()).toEqual(["+a=1", "+b=1"]);
  });
});

test("an API server that is gone for a while costs no event and repeats none, whether it remembers or not", async () => {
  const storage = createStorage();
  const first = await serverOf(storage);
  const elsewhere = clientOf((await serverOf(storage)).url);
  for (const name of ["stays", "changes", "goes"]) await elsewhere.create(configMap(name, "1"));
  const pipelines = sizePipelines({ clock: quick });
  const heard = hearing(pipelines);
  const errors: string[] = [];
  const watch = pipelines.watch(clientOf(first.url), { onError: (_, kind) => errors.push(kind) });
  running(watch);
  await until(() => {
    expect(heard).toHaveLength(3);
  });
  let server = first;
  for (const forgets of [false, true]) {
    heard.length = 0;
    await server.close();
    await elsewhere.replace(configMap("changes", forgets ? "3" : "2"));
    await elsewhere.delete(refOf(configMap(forgets ? "comes" : "goes")));
    await elsewhere.create(configMap(forgets ? "comes-late" : "comes", "1"));
    if (forgets) storage.compact();
    server = await serverOf(storage, first.port);
    await elsewhere.create(configMap(`last-${forgets}`, "1"));
    await until(() => {
      expect(heard).toContain(`+last-${forgets}=1`);
    });
    expect(heard.toSorted()).toEqual(
      forgets
        ? ["+comes-late=1", "+last-true=1", "-comes=1", "~changes=3"]
        : ["+comes=1", "+last-false=1", "-goes=1", "~changes=2"],
    );
  }
  expect(new Set(errors)).toEqual(new Set(["ConfigMap"]));
});

test("namespace and label selector are asked of the server; what leaves them is gone", async () => {
  const server = await serverOf();
  const client = clientOf(server.url);
  const labelled = (name: string, labels: Readonly<Record<string, string>>, namespace = "default"): KubeObject => {
    const object = configMap(name, "1");
    return { ...object, metadata: { ...object.metadata, namespace, labels } };
  };
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
  for (const object of [
    labelled("a", { tier: "x" }),
    labelled("b", { tier: "z" }),
    labelled("a", { tier: "x" }, "other"),
  ])
    await client.create(object);
  const asked: unknown[] = [];
  const watched: Client = {
    ...client,
    list: (type, options) => {
      asked.push([options?.namespace, options?.labelSelector]);
      return client.list(type, options);
    },
  };
  const where = `kind: ConfigMap
        namespace: default
        labelSelector: { matchExpressions: [{ key: tier, operator: In, values: [x, "y"] }] }`;
  const pipelines = parsePipelines(sizes.replace("kind: ConfigMap", where));
  const heard = hearing(pipelines);
  running(pipelines.watch(watched));
  await until(() => {
    expect(heard).toEqual(["+a=1"]);
  });
  await client.replace(labelled("b", { tier: "y" }));
  await until(() => {
    expect(heard).toEqual(["+a=1", "+b=1"]);
  });
  await client.replace(labelled("a", {}));
  await until(() => {
    expect(heard).toEqual(["+a=1", "+b=1", "-a=1"]);
  });
  expect(asked).toEqual([["default", "tier in (x,y)"]]);
});

test("a kind that the cluster lacks is waited for, and its lack is told", async () => {
  const client = clientOf((await serverOf()).url);
  const errors: string[] = [];
  const pipelines = parsePipelines(
    sizes.replace('apiGroup: ""', "apiGroup: example.org").replace("kind: ConfigMap", "kind: Thing"),
    { clock: quick },
  );
  const watch = pipelines.watch(client, { onError: ({ code }, kind) => errors.push(`${kind} ${code}`) });
  running(watch);
  await until(() => {
    expect(errors[0]).toBe("Thing NOT_FOUND");
  });
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  await client.create({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
      versions: [{ name: "v1beta2", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  await watch.synced;
  const heard = hearing(pipelines);
  await client.create({ ...configMap("a", "7"), apiVersion: "example.org/v1beta2", kind: "Thing" });
  await until(() => {
    expect(heard).toEqual(["+a=7"]);
  });
});

test("a watch and its reconcilers stop together", async () => {
  const client = clientOf((await serverOf()).url);
  await client.create(configMap("a", "1"));
  const pipelines = sizePipelines();
  const stop = new AbortController();
  const calls: string[] = [];
  const reconciler = pipelines.view<Size>("Size").reconcile((event, signal) => {
    calls.push(told(event));
    signal.addEventListener("abort", () => calls.push("asked to end"));
    stop.abort();
  });
  await supervise([pipelines.watch(client), reconciler], stop.signal);
  expect(calls).toEqual(["+a=1", "asked to end"]);
  expect(() => pipelines.watch(client)).toThrow("watched once");
});
