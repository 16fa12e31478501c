import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Deployment, ReplicaSet } from "../../src/client/kinds.ts";
import { conditionOf } from "../../src/client/object.ts";
import { rollout, type RolloutStep } from "../../src/controllers/deployment/rollout.ts";
import { bounds } from "../../src/controllers/deployment/scaling.ts";
import { templateHash } from "../../src/controllers/deployment/template.ts";
import { deployment, meta, replicaSet } from "./builders.ts";

const now = Date.parse("2026-01-02T00:00:00Z");
const decide = (subject: Deployment, replicaSets: ReplicaSet[], oldPods = false): RolloutStep =>
  rollout({ deployment: subject, replicaSets, oldPods, now });
const sizes = (step: RolloutStep): Record<string, number> =>
  Object.fromEntries(step.patch.map(({ replicaSet: { metadata }, replicas }) => [metadata.name, replicas]));
const image = (name: string): Deployment["spec"]["template"] => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "main", image: name }] },
});
const strategy = (
  maxSurge: number | string,
  maxUnavailable: number | string,
): Pick<Deployment["spec"], "strategy"> => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

describe("bounds", () => {
  test.each([
    ["25%", "25%", 4, { surge: 1, unavailable: 1 }],
    ["25%", "25%", 3, { surge: 1, unavailable: 0 }],
    ["25%", "25%", 1, { surge: 1, unavailable: 0 }],
    [0, 0, 3, { surge: 0, unavailable: 1 }],
    ["50%", "50%", 3, { surge: 2, unavailable: 1 }],
    [5, 9, 3, { surge: 5, unavailable: 3 }],
  ])("surge %s, unavailable %s of %i", (maxSurge, maxUnavailable, replicas, expected) => {
    expect(bounds(deployment({ replicas, ...strategy(maxSurge, maxUnavailable) }))).toEqual(expected);
  });
});

describe("one step", () => {
  test("makes the ReplicaSet of a new Deployment, with hash, revision and all replicas", () => {
    const step = decide(deployment({}), []);
    const created = step.create as ReplicaSet;
    const hash = created.metadata.labels?.["pod-template-hash"];
    expect(created.metadata.name).toBe(`web-${hash}`);
    expect(created.spec).toMatchObject({
      replicas: 3,
      selector: { matchLabels: { app: "web", "pod-template-hash": hash } },
    });
    expect(created.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "1",
      "deployment.kubernetes.io/desired-replicas": "3",
      "deployment.kubernetes.io/max-replicas": "4",
    });
    expect(conditionOf(step.status.conditions, "Progressing")?.reason).toBe("NewReplicaSetCreated");
    expect(step.revision).toBe("1");
  });

  test("does nothing more when all is as wanted", () => {
    const annotations = {
      "deployment.kubernetes.io/revision": "1",
      "deployment.kubernetes.io/desired-replicas": "3",
      "deployment.kubernetes.io/max-replicas": "4",
    };
    const current = replicaSet("web-a", { meta: { annotations } });
    const subject = deployment(
      {},
      { metadata: meta("web", { annotations: { "deployment.kubernetes.io/revision": "1" } }) },
    );
    const step = decide(subject, [current]);
    expect(step).toMatchObject({ patch: [], remove: [] });
    expect(step.create).toBeUndefined();
    expect(step.revision).toBeUndefined();
    const again = decide({ ...subject, status: step.status }, [current]);
    expect(again.status).toEqual(step.status);
    expect(conditionOf(step.status.conditions, "Progressing")?.reason).toBe("NewReplicaSetAvailable");
  });

  test("a new template goes up before the old one goes down", () => {
    const old = replicaSet("web-a", { meta: { annotations: { "deployment.kubernetes.io/revision": "1" } } });
    const step = decide(deployment({ template: image("two"), ...strategy(1, 0) }), [old]);
    expect((step.create as ReplicaSet).spec.replicas).toBe(1);
    expect(step.revision).toBe("2");
    const young = replicaSet("web-b", { image: "two", replicas: 1, available: 0 });
    expect(sizes(decide(deployment({ template: image("two"), ...strategy(1, 0) }), [old, young]))).toMatchObject({
      "web-a": 3,
    });
    const ready = replicaSet("web-b", { image: "two", replicas: 1 });
    expect(sizes(decide(deployment({ template: image("two"), ...strategy(1, 0) }), [old, ready]))).toMatchObject({
      "web-a": 2,
    });
  });

  test("going back to an earlier template takes its ReplicaSet again, under a new revision", () => {
    const first = replicaSet("web-a", {
      replicas: 0,
      meta: { annotations: { "deployment.kubernetes.io/revision": "1" } },
    });
    const second = replicaSet("web-b", {
      image: "two",
      meta: { annotations: { "deployment.kubernetes.io/revision": "2" } },
    });
    const step = decide(deployment({}), [first, second]);
    expect(step.create).toBeUndefined();
    expect(step.revision).toBe("3");
    expect(step.patch.find(({ replicaSet: { metadata } }) => metadata.name === "web-a")).toMatchObject({
      replicas: 1,
      annotations: { "deployment.kubernetes.io/revision": "3" },
    });
  });

  test("Recreate waits until the last old pod is gone", () => {
    const subject = deployment({ template: image("two"), strategy: { type: "Recreate" } });
    const running = decide(subject, [replicaSet("web-a")], true);
    expect([running.create, sizes(running)]).toEqual([undefined, { "web-a": 0 }]);
    expect(decide(subject, [replicaSet("web-a", { replicas: 0 })], true).create).toBeUndefined();
    expect(decide(subject, [replicaSet("web-a", { replicas: 0 })], false).create).toMatchObject({
      spec: { replicas: 3 },
    });
  });

  test("while paused a new template is not rolled out, but scaling is carried out", () => {
    const step = decide(deployment({ paused: true, replicas: 5, template: image("two") }), [replicaSet("web-a")]);
    expect([step.create, sizes(step)]).toEqual([undefined, { "web-a": 5 }]);
    expect(conditionOf(step.status.conditions, "Progressing")?.reason).toBe("DeploymentPaused");
  });

  test("old ReplicaSets beyond the limit go, the oldest revisions first", () => {
    const annotations = (revision: number): object => ({
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
    });
    const old = [3, 1, 2].map((revision) =>
      replicaSet(`web-${revision}`, { image: `old-${revision}`, replicas: 0, meta: annotations(revision) }),
    );
    const step = decide(deployment({ revisionHistoryLimit: 1 }), [
      ...old,
      replicaSet("web-now", { meta: annotations(4) }),
    ]);
    expect(step.remove.map(({ metadata }) => metadata.name)).toEqual(["web-1", "web-2"]);
  });

  test("a rollout that does not move in time has failed", () => {
    const conditions = [
      { type: "Progressing", status: "True", reason: "ReplicaSetUpdated", lastUpdateTime: "2026-01-01T00:00:00Z" },
    ];
    const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: 0, availableReplicas: 0, observedGeneration: 1 };
    const subject = deployment({ progressDeadlineSeconds: 60 }, { status: { ...counts, conditions } });
    const step = decide(subject, [replicaSet("web-a", { available: 0 })]);
    expect(conditionOf(step.status.conditions, "Progressing")).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
    });
    expect(step.recheckMs).toBeUndefined();
  });

  test("scaling in the middle of a rollout keeps the shares", () => {
    const annotations = {
      "deployment.kubernetes.io/desired-replicas": "10",
      "deployment.kubernetes.io/max-replicas": "13",
    };
    const subject = deployment({ replicas: 20, template: image("two"), ...strategy("25%", "25%") });
    const old = replicaSet("web-a", { replicas: 8, meta: { annotations } });
    const young = replicaSet("web-b", { image: "two", replicas: 5, available: 2, meta: { annotations } });
    const next = sizes(decide(subject, [old, young]));
    expect((next["web-a"] ?? 0) + (next["web-b"] ?? 0)).toBe(25);
    expect(next["web-a"]).toBeGreaterThan(next["web-b"] ?? 0);
  });
});

test("the hash depends on the template alone, not on the order of its fields", () => {
  const template = image("one");
  const turned = { spec: template.spec, metadata: template.metadata ?? {} };
  expect(templateHash(turned)).toBe(templateHash(template));
  expect(templateHash(image("two"))).not.toBe(templateHash(template));
  expect(templateHash(template, 1)).not.toBe(templateHash(template));
});

/** The rest of the cluster, as a model: pods by ReplicaSet, and statuses that lag behind until their controller looks. */
interface Model {
  deployment: Deployment;
  readonly sets: Map<string, { set: ReplicaSet; pods: boolean[] }>;
}

function stepModel(model: Model): void {
  const step = decide(
    model.deployment,
    [...model.sets.values()].map(({ set }) => set),
  );
  if (step.create !== undefined) {
    const body = step.create as ReplicaSet;
    const set = { ...body, metadata: { ...body.metadata, ...meta(body.metadata.name, body.metadata) }, status: {} };
    model.sets.set(body.metadata.name, { set, pods: [] });
  }
  for (const {
    replicaSet: { metadata },
    replicas,
    annotations,
  } of step.patch) {
    const entry = model.sets.get(metadata.name)!;
    const merged = { ...entry.set.metadata, annotations: { ...entry.set.metadata.annotations, ...annotations } };
    entry.set = { ...entry.set, metadata: merged, spec: { ...entry.set.spec, replicas } };
  }
  for (const { metadata } of step.remove) model.sets.delete(metadata.name);
  model.deployment = { ...model.deployment, status: step.status };
}

function stepSet(entry: { set: ReplicaSet; pods: boolean[] }): void {
  const wanted = entry.set.spec.replicas ?? 0;
  while (entry.pods.length < wanted) entry.pods.push(false);
  entry.pods.sort((a, b) => Number(b) - Number(a));
  entry.pods.length = wanted;
  const available = entry.pods.filter(Boolean).length;
  const status = { replicas: wanted, readyReplicas: available, availableReplicas: available, observedGeneration: 1 };
  entry.set = { ...entry.set, status };
}

test("in any order of events a rollout stays within its bounds and ends", () => {
  const share = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom("0%", "25%", "50%", "100%"));
  const events = fc.array(fc.record({ kind: fc.constantFrom("deployment", "set", "ready"), pick: fc.nat(50) }), {
    maxLength: 60,
  });
  const story = fc.record({
    replicas: fc.integer({ min: 1, max: 8 }),
    surge: share,
    unavailable: share,
    templates: fc.integer({ min: 1, max: 3 }),
    history: events,
  });
  fc.assert(
    fc.property(story, ({ replicas, surge, unavailable, templates, history }) => {
      const model: Model = { deployment: deployment({ replicas, ...strategy(surge, unavailable) }), sets: new Map() };
      const limits = bounds(model.deployment);
      const settle = (): void => {
        for (let turn = 0; turn < 40; turn += 1) {
          stepModel(model);
          for (const entry of model.sets.values()) {
            stepSet(entry);
            entry.pods.fill(true);
            stepSet(entry);
          }
        }
      };
      settle();
      const check = (): void => {
        const all = [...model.sets.values()];
        const available = all.flatMap(({ pods }) => pods).filter(Boolean).length;
        const asked = all.reduce((total, { set }) => total + (set.spec.replicas ?? 0), 0);
        expect(available).toBeGreaterThanOrEqual(replicas - limits.unavailable);
        expect(asked).toBeLessThanOrEqual(replicas + limits.surge);
      };
      for (let version = 0; version < templates; version += 1) {
        model.deployment = {
          ...model.deployment,
          spec: { ...model.deployment.spec, template: image(`v${version}`) },
        };
        for (const { kind, pick } of history) {
          const all = [...model.sets.values()];
          const entry = all[pick % Math.max(1, all.length)];
          if (kind === "deployment" || entry === undefined) stepModel(model);
          else if (kind === "set") stepSet(entry);
          else if (entry.pods.length > 0) entry.pods[pick % entry.pods.length] = true;
          check();
        }
      }
      settle();
      const current = [...model.sets.values()].find(
        ({ set }) => set.spec.template.spec.containers[0]?.image === `v${templates - 1}`,
      );
      expect(current?.set.spec.replicas).toBe(replicas);
      expect([...model.sets.values()].filter((entry) => entry !== current && entry.pods.length > 0)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
