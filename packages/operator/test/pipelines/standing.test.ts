import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { resourceTypes } from "@headgate/api";
import { parse } from "yaml";
import { openStage, operatorRef, patience, ref } from "./stage.ts";
import type { Stage } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const config = (name: string): ReturnType<typeof ref> => ref("v1", "ConfigMap", name);
const configMap = (name: string, data: string, labels = "{}"): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: default, labels: ${labels} }
data: ${data}
`;
const operator = (name: string, controllers: string): string => `
apiVersion: dcontroller.io/v1alpha1
kind: Operator
metadata: { name: ${name} }
spec:
  controllers: [${controllers}]
`;
const copying = (name: string, from: string, to: string, pipeline = ""): string =>
  `{ name: ${name}, sources: [${from}], target: ${to}${pipeline === "" ? "" : `, pipeline: ${pipeline}`} }`;
const labelled = '{ apiGroup: "", kind: ConfigMap, labelSelector: { matchLabels: { take: "yes" } } }';
const renamed = (name: string): string =>
  `{ "@project": { metadata: { name: ${name}, namespace: $.metadata.namespace }, data: $.data } }`;
const taken = '{ take: "yes" }';

async function events(): Promise<
  readonly { readonly reason: string; readonly message: string; readonly about: string }[]
> {
  const { items } = await stage.client.list(resourceTypes.Event, {});
  return items.map(({ reason, message, involvedObject }) => ({
    reason: reason as string,
    message: message as string,
    about: `${(involvedObject as { kind: string }).kind}/${(involvedObject as { name: string }).name}`,
  }));
}

/** An Operator whose ConfigMap `clock` is computed anew each second: returns when that has been seen. */
async function ticks(): Promise<void> {
  await stage.create(configMap("one", '{ a: "1" }', taken));
  const now = '{ "@project": { metadata: { name: clock, namespace: default }, data: { at: "@now" } } }';
  const tick = "{ kind: Tick, type: Periodic, parameters: { period: 1s } }";
  await stage.create(operator("ticks", copying("c", `${labelled}, ${tick}`, '{ apiGroup: "", kind: ConfigMap }', now)));
  const ticked = async (): Promise<unknown> => (await stage.get(config("clock")))["data"];
  const before = await vi.waitFor(ticked, patience);
  await vi.waitFor(async () => {
    expect(await ticked()).not.toEqual(before);
  }, patience);
}

describe("how controllers stand", () => {
  test("an object that cannot be computed with is told of when it comes, though nothing else happens", async () => {
    stage.serve();
    const sized = '{ "@project": { metadata: { name: made, namespace: default }, n: { "@add": [$.data.n, 0] } } }';
    await stage.create(operator("late", copying("size", labelled, "{ kind: Sizes }", sized)));
    await stage.isReady("late", "size");
    const version = async (): Promise<unknown> => (await stage.get(operatorRef("late"))).metadata.resourceVersion;
    // Until all that came of the Operator itself has been told.
    let [last, same] = [await version(), 0];
    await vi.waitUntil(async () => {
      const now = await version();
      same = now === last ? same + 1 : 0;
      last = now;
      return same > 20;
    }, patience);
    await stage.create(configMap("bad", "{ n: small }", taken));
    await stage.isReady("late", "size", "Unknown/ReconciliationFailed");
    await vi.waitFor(async () => {
      expect(await events()).toContainEqual(
        expect.objectContaining({ reason: "PipelineFault", about: "ConfigMap/bad" }),
      );
    }, patience);
    await stage.client.delete(config("bad"));
    await stage.isReady("late", "size");
  });

  test("a pipeline that cannot be read is told with its place, and the others run", async () => {
    stage.serve();
    await stage.create(configMap("one", '{ a: "1" }', taken));
    const broken = copying("broken", labelled, "{ kind: V }", '[{ "@select": { "@no-such": [1] } }]');
    await stage.create(
      operator("two", `${broken}, ${copying("good", labelled, '{ apiGroup: "", kind: ConfigMap }', renamed("copy"))}`),
    );
    await stage.isReady("two", "broken", "False/NotReady");
    await stage.isReady("two", "good");
    expect((await stage.controller("two", "broken")).lastErrors).toEqual([
      expect.stringContaining("spec.controllers[0].pipeline[0].@select"),
    ]);
    expect((await stage.get(operatorRef("two"))).status).toMatchObject({
      observedGeneration: 1,
      running: "1/2",
      conditions: [{ type: "Ready", status: "False", reason: "NotReady" }],
    });
    await vi.waitFor(() => stage.get(config("copy")), patience);
  });

  test("a faulty edit leaves what was made as it is, until it is mended", async () => {
    stage.serve();
    await stage.create(configMap("one", '{ a: "1" }', taken));
    const good = copying("c", labelled, '{ apiGroup: "", kind: ConfigMap }', renamed("copy"));
    const created = await stage.create(operator("edited", good));
    await vi.waitFor(() => stage.get(config("copy")), patience);
    const { controllers } = created.spec as { controllers: object[] };
    await stage.patch(operatorRef("edited"), {
      spec: { controllers: [{ ...controllers[0], pipeline: { "@nothing": 1 } }] },
    });
    await stage.isReady("edited", "c", "False/NotReady");
    expect(await stage.find(config("copy"))).toBeDefined();
    await stage.patch(operatorRef("edited"), {
      spec: { controllers: [{ ...controllers[0], pipeline: { "@select": false } }] },
    });
    await stage.isReady("edited", "c");
    await vi.waitFor(async () => {
      expect(await stage.find(config("copy"))).toBeUndefined();
    }, patience);
  });

  test("an object that cannot be computed with is named in the status and by an Event, and no more when it is healed", async () => {
    stage.serve();
    const pipeline = `[{ "@select": { "@gt": [$.data.n, 1] } }, ${renamed('{ "@concat": [$.metadata.name, -copy] }')}]`;
    await stage.create(operator("strict", copying("c", labelled, '{ apiGroup: "", kind: ConfigMap }', pipeline)));
    await stage.create(configMap("good", '{ n: "5" }', taken));
    await stage.create(configMap("bad", '{ n: "five" }', taken));
    await vi.waitFor(() => stage.get(config("good-copy")), patience);
    await stage.isReady("strict", "c", "Unknown/ReconciliationFailed");
    expect((await stage.controller("strict", "c")).lastErrors).toEqual([
      expect.stringMatching(/default\/bad: left out: .*spec\.controllers\[0\]\.pipeline\[0\]/),
    ]);
    await vi.waitFor(async () => {
      expect(await events()).toContainEqual(
        expect.objectContaining({ reason: "PipelineFault", about: "ConfigMap/bad" }),
      );
    }, patience);
    await stage.patch(config("bad"), { data: { n: "2" } });
    await stage.isReady("strict", "c");
    expect((await stage.controller("strict", "c")).lastErrors).toEqual([]);
    await vi.waitFor(() => stage.get(config("bad-copy")), patience);
  });

  test("of two Updaters of one object the older Operator's has it, and the other is told", async () => {
    stage.serve();
    await stage.create(configMap("one", '{ a: "1" }', taken));
    const c = copying("c", labelled, '{ apiGroup: "", kind: ConfigMap }', renamed("copy"));
    await stage.create(operator("a-first", c));
    await stage.isReady("a-first", "c");
    await stage.create(operator("b-second", c));
    await stage.isReady("b-second", "c", "Unknown/ReconciliationFailed");
    expect((await stage.controller("b-second", "c")).lastErrors).toEqual([
      "ConfigMap default/copy is made by controller a-first/c already; it is left to that",
    ]);
    expect((await stage.get(config("copy"))).metadata.labels).toMatchObject({ "dcontroller.io/operator": "a-first" });
    await stage.client.delete(operatorRef("a-first"));
    await stage.isReady("b-second", "c");
    await vi.waitFor(async () => {
      expect((await stage.get(config("copy"))).metadata.labels).toMatchObject({
        "dcontroller.io/operator": "b-second",
      });
    }, patience);
  });

  test("of two Patchers that want different values in one field the first has it", async () => {
    stage.serve();
    await stage.create(configMap("one", '{ a: "1" }', taken));
    const to = '{ apiGroup: "", kind: ConfigMap, type: Patcher }';
    const setting = (name: string, data: string): string =>
      copying(name, labelled, to, `{ "@project": { metadata: { name: one, namespace: default }, data: ${data} } }`);
    await stage.create(
      operator("p", [setting("x", '{ b: "x", c: "same" }'), setting("y", '{ b: "y", c: "same" }')].join(",")),
    );
    await stage.isReady("p", "x");
    await stage.isReady("p", "y", "Unknown/ReconciliationFailed");
    expect((await stage.controller("p", "y")).lastErrors).toEqual([
      "ConfigMap default/one: controller p/x wants another value in data.b; it is left to that",
    ]);
    expect((await stage.get(config("one")))["data"]).toEqual({ a: "1", b: "x", c: "same" });
  });

  test("views are shared: one Operator reads what another one's view holds", async () => {
    stage.serve();
    await stage.create(
      operator(
        "reader",
        copying(
          "r",
          "{ apiGroup: writer.view.dcontroller.io, kind: Shared }",
          '{ apiGroup: "", kind: ConfigMap }',
          renamed("out"),
        ),
      ),
    );
    await stage.create(configMap("one", '{ a: "1" }', taken));
    await stage.create(operator("writer", copying("w", labelled, "{ kind: Shared }")));
    await vi.waitFor(async () => {
      expect((await stage.get(config("out")))["data"]).toEqual({ a: "1" });
    }, patience);
    await stage.client.delete(operatorRef("writer"));
    await vi.waitFor(async () => {
      expect(await stage.find(config("out"))).toBeUndefined();
    }, patience);
  });

  test("controllers that feed each other through views run; an object that never comes to rest there is left out and told", async () => {
    stage.serve();
    const longer = `{ "@project": { metadata: { namespace: default, name: { "@concat": [$.metadata.name, "-", $.data.more] } }, data: $.data } }`;
    const short = `[{ "@select": { "@exists": $.data.more } }, ${longer}]`;
    const once = `[{ "@select": { "@eq": [$.metadata.name, one] } }, ${longer}]`;
    const round = (steps: string): string =>
      [
        copying("in", labelled, "{ kind: X }"),
        copying("a", "{ kind: X }", "{ kind: Y }", steps),
        copying("b", "{ kind: Y }", "{ kind: X }", short),
        copying("out", "{ kind: X }", '{ apiGroup: "", kind: ConfigMap }', renamed("out")),
      ].join(",");
    await stage.create(configMap("one", '{ more: "z" }', taken));
    await stage.create(operator("round", round(once)));
    await vi.waitFor(async () => {
      expect((await stage.get(config("out")))["data"]).toEqual({ more: "z" });
    }, patience);
    await stage.isReady("round", "b");
    await stage.patch(operatorRef("round"), parse(operator("round", round(short))) as object);
    await stage.isReady("round", "b", "Unknown/ReconciliationFailed");
    const { lastErrors } = await stage.controller("round", "b");
    expect(lastErrors).toEqual([
      expect.stringMatching(/ConfigMap default\/one: left out: .*round\/a → round\/b → round\/a/),
    ]);
    expect((await stage.controller("round", "a")).lastErrors).toHaveLength(1);
    await stage.patch(config("one"), { data: { more: null } });
    await stage.isReady("round", "b");
  });

  test("a circle through the cluster that never settles is slowed down and named", async () => {
    stage.serve();
    await stage.create(configMap("one", '{ a: "1" }', taken));
    const next = `{ "@add": [{ "@int": { "@definedOr": [$.metadata.annotations.n, 0] } }, 1] }`;
    const count = `{ "@project": { metadata: { name: $.metadata.name, namespace: $.metadata.namespace, annotations: { n: { "@string": ${next} } } } } }`;
    const to = '{ apiGroup: "", kind: ConfigMap, type: Patcher }';
    await stage.create(operator("runaway", copying("c", labelled, to, count)));
    await stage.isReady("runaway", "c", "Unknown/ReconciliationFailed");
    const { lastErrors } = await stage.controller("runaway", "c");
    expect(lastErrors).toEqual([expect.stringContaining("feed each other through the cluster: runaway/c → runaway/c")]);
    const n = Number((await stage.get(config("one"))).metadata.annotations?.["n"]);
    expect(n).toBeGreaterThan(10);
    expect(n).toBeLessThan(30);
  });

  test("nothing is written before every source is known: not of a kind that the cluster lacks, until it has it", async () => {
    stage.serve();
    await stage.create(configMap("one", '{ a: "1" }', taken));
    const all = `[{ "@join": true }, { "@project": { metadata: { name: copy, namespace: default }, data: $.ConfigMap.data } }]`;
    const gadget = "{ apiGroup: example.com, kind: Gadget }";
    const target = '{ apiGroup: "", kind: ConfigMap }';
    await stage.create(
      operator(
        "waits",
        [
          copying("other", labelled, target, renamed("other")),
          copying("c", `${labelled}, ${gadget}`, target, all),
        ].join(","),
      ),
    );
    await stage.isReady("waits", "c", "False/NotReady");
    await stage.isReady("waits", "other");
    expect((await stage.controller("waits", "c")).lastErrors).toEqual([expect.stringContaining("Gadget")]);
    await stage.create(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Gadget, plural: gadgets }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`);
    await stage.isReady("waits", "c");
    expect(await stage.find(config("copy"))).toBeUndefined();
    await stage.create("{ apiVersion: example.com/v1, kind: Gadget, metadata: { name: g, namespace: default } }");
    await vi.waitFor(() => stage.get(config("copy")), patience);
  });

  test("of two versions of a kind one is written; who names the other one waits until it names none", async () => {
    stage.serve();
    await stage.create(configMap("one", '{ a: "1" }', taken));
    const version = (name: string, storage: boolean): string =>
      `{ name: ${name}, served: true, storage: ${String(storage)}, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }`;
    await stage.create(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Gadget, plural: gadgets }
  versions: [${version("v1", true)}, ${version("v1beta1", false)}]
`);
    const target = (of: string): string => `{ apiGroup: example.com, kind: Gadget${of} }`;
    const made = (name: string): ReturnType<typeof ref> => ref("example.com/v1", "Gadget", name);
    await stage.create(
      operator(
        "versions",
        [
          copying("first", labelled, target(", version: v1"), renamed("first")),
          copying("other", labelled, target(", version: v1beta1"), renamed("other")),
          copying("any", labelled, target(""), renamed("any")),
        ].join(","),
      ),
    );
    await stage.isReady("versions", "other", "False/NotReady");
    await vi.waitFor(() => Promise.all([stage.get(made("first")), stage.get(made("any"))]), patience);
    expect((await stage.controller("versions", "other")).lastErrors).toEqual([
      "target Gadget: another controller writes it as example.com/v1; name that version, or none",
    ]);
    expect(await stage.find(made("other"))).toBeUndefined();
    const { spec } = (await stage.get(operatorRef("versions"))) as unknown as {
      spec: { controllers: { target: object }[] };
    };
    const [first, other, any] = spec.controllers;
    await stage.patch(operatorRef("versions"), {
      spec: { controllers: [first, { ...other, target: { apiGroup: "example.com", kind: "Gadget" } }, any] },
    });
    await vi.waitFor(() => stage.get(made("other")), patience);
  });

  test("a OneShot source gives one object once", async () => {
    stage.serve();
    await stage.create(
      operator(
        "once",
        copying(
          "c",
          "{ kind: Go, type: OneShot }",
          '{ apiGroup: "", kind: ConfigMap }',
          '{ "@project": { metadata: { name: made, namespace: default }, data: { by: $.metadata.name } } }',
        ),
      ),
    );
    await vi.waitFor(async () => {
      expect((await stage.get(config("made")))["data"]).toEqual({ by: "one-shot-trigger" });
    }, patience);
  });

  test("a OneShot source is not set off again by what becomes of other Operators", async () => {
    stage.serve();
    const at =
      '{ "@project": { metadata: { name: made, namespace: default }, data: { at: \'$["metadata"]["labels"]["dcontroller.io/last-triggered"]\' } } }';
    await stage.create(
      operator("once", copying("c", "{ kind: Go, type: OneShot }", '{ apiGroup: "", kind: ConfigMap }', at)),
    );
    const made = await vi.waitFor(() => stage.get(config("made")), patience);
    const first = made.metadata.resourceVersion;
    await ticks();
    expect((await stage.get(config("made"))).metadata.resourceVersion).toBe(first);
  });

  test("a Periodic source has the rows of its controller computed anew", async () => {
    stage.serve();
    await ticks();
  });
});

describe("an Operator's CRD", () => {
  test("is waited for, and said to be missing once", async () => {
    const bare = await openStage({ crd: false });
    try {
      bare.serve();
      await vi.waitFor(() => {
        expect(bare.warnings.map(({ message }) => message)).toEqual([
          "pipelines wait until the cluster has the Operator CRD and lets us read it",
        ]);
      }, patience);
    } finally {
      await bare.close();
    }
  });
});
