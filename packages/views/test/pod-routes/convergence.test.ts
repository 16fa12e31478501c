import { identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import { modelCluster, seeded } from "@headgate/testkit";
import type { ModelCluster } from "@headgate/testkit";
import { podRoutes } from "@headgate/views/pod-routes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyPod } from "./pods.ts";
import { aGateway, controller, rowsOf, runningPod, settingsOf } from "./rig.ts";
import type { Controller } from "./rig.ts";

const settings = settingsOf();

type Step =
  | { readonly put: KubeObject }
  | { readonly remove: number }
  | { readonly drift: number }
  | { readonly work: number }
  | { readonly kill: true }
  | { readonly collect: true };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: anyPod.map((put) => ({ put })) },
  { weight: 2, arbitrary: fc.nat(100).map((remove) => ({ remove })) },
  { weight: 1, arbitrary: fc.nat(100).map((drift) => ({ drift })) },
  { weight: 4, arbitrary: fc.nat(4).map((work) => ({ work })) },
  { weight: 1, arbitrary: fc.constant({ kill: true } as const) },
  { weight: 1, arbitrary: fc.constant({ collect: true } as const) },
);

/** Carries out at most so many actions, one at a time, as they come. Gives false when there was nothing to do. */
function work(cluster: ModelCluster, operator: Controller, limit: number): boolean {
  for (let done = 0; done < limit; done++) {
    operator.see(cluster.objects.values());
    const [action] = rowsOf(operator.actions);
    if (action === undefined) return false;
    expect(cluster.act(action)).toBe(true);
  }
  return true;
}

function childrenOf(cluster: ModelCluster): readonly KubeObject[] {
  return [...cluster.objects.values()].filter(({ kind }) => kind !== "Pod" && kind !== "Gateway");
}

/** The children that ought to be, computed from the pods alone. */
function wantedBy(cluster: ModelCluster): readonly string[] {
  const engine = graph();
  const { inputs, outputs } = mount(engine, podRoutes(settings));
  engine.turn((turn) => {
    for (const object of cluster.objects.values()) {
      if (object.kind === "Pod") turn.set(inputs.pods, nameKey(object.metadata), object);
    }
  });
  return rowsOf(outputs.desired)
    .map(({ object, owner }) => `${identityKey(refOf(object))} of ${owner.uid ?? ""}`)
    .sort();
}

test("whatever happens and whenever the operator is killed, the children end up exactly as desired, and then nothing is written", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const cluster = modelCluster();
      let operator = controller(settings);
      for (const one of steps) {
        if ("put" in one) putPod(cluster, one.put);
        else if ("remove" in one)
          pick(
            cluster,
            one.remove,
            ({ kind }) => kind === "Pod",
            ([key]) => {
              cluster.remove(key);
            },
          );
        else if ("drift" in one)
          pick(
            cluster,
            one.drift,
            ({ kind }) => kind !== "Pod",
            ([key]) => {
              cluster.remove(key);
            },
          );
        else if ("work" in one) work(cluster, operator, one.work);
        else if ("kill" in one) operator = controller(settings);
        else cluster.collectGarbage();
      }
      expect(work(cluster, operator, 300)).toBe(false);
      const there = childrenOf(cluster)
        .map((object) => `${identityKey(refOf(object))} of ${object.metadata.ownerReferences?.[0]?.uid ?? ""}`)
        .sort();
      expect(there).toEqual(wantedBy(cluster));

      const restarted = controller(settings);
      restarted.see(cluster.objects.values());
      expect(rowsOf(restarted.actions)).toEqual([]);
    }),
    seeded(150),
  );
});

/** A pod of the same name is either changed, or goes first when it has another uid. */
function putPod(cluster: ModelCluster, pod: KubeObject): void {
  const key = identityKey(refOf(pod));
  if (cluster.objects.get(key)?.metadata.uid !== pod.metadata.uid) cluster.remove(key);
  cluster.put(pod);
}

function pick(
  cluster: ModelCluster,
  place: number,
  which: (object: KubeObject) => boolean,
  act: (entry: readonly [string, KubeObject]) => void,
): void {
  const entries = [...cluster.objects].filter(([, object]) => which(object));
  const entry = entries[place % Math.max(1, entries.length)];
  if (entry !== undefined) act(entry);
}

test("three writes for each new pod, none on a restart, and none for pods that change in what does not matter", () => {
  const cluster = modelCluster();
  cluster.put(aGateway("shop"));
  const pods = Array.from({ length: 50 }, (_, i) =>
    runningPod(`pod-${String(i)}`, {}, { podIP: `10.0.1.${String(i)}` }),
  );
  for (const pod of pods) cluster.put(pod);
  const operator = controller(settings);
  expect(work(cluster, operator, 1000)).toBe(false);
  const total = (): number => [...cluster.writes.values()].reduce((sum, count) => sum + count, 0);
  expect(total()).toBe(3 * pods.length);
  expect(operator.managed.size).toBe(pods.length);

  for (const pod of pods)
    cluster.put({ ...pod, status: { ...(pod.status as object), startTime: "2026-11-21T00:00:00Z" } });
  expect(work(cluster, operator, 1)).toBe(false);
  expect(work(cluster, controller(settings), 1)).toBe(false);
  expect(total()).toBe(3 * pods.length);
});
