import { defaultPodRouteSettings, identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Graph, Key, Mounted } from "@headgate/delta";
import { podRouteController } from "@headgate/views/pod-routes";
import type { PodRouteControllerInputs, PodRouteControllerOutputs } from "@headgate/views/pod-routes";
import { expect, test } from "vitest";
import { aGateway, runningPod } from "./rig.ts";

type Controller = Mounted<PodRouteControllerInputs, PodRouteControllerOutputs>;

/** A settled cluster of so many routed pods. */
function settled(pods: number): { readonly engine: Graph; readonly controller: Controller } {
  const engine = graph();
  const controller = mount(engine, podRouteController(defaultPodRouteSettings));
  engine.turn((turn) => {
    turn.set(controller.inputs.gateways, "shop/envoy-router", aGateway("shop"));
    for (let i = 0; i < pods; i++) {
      const pod = runningPod(`pod-${String(i)}`);
      turn.set(controller.inputs.pods, nameKey(pod.metadata), pod);
    }
  });
  let version = 0;
  while (controller.outputs.actions.size > 0) {
    const made = [...controller.outputs.actions.entries()].flatMap(([key, action]): (readonly [Key, KubeObject])[] => {
      if (action.do !== "apply") return [];
      const { metadata, ...rest } = action.desired.object;
      const stored = { ...metadata, uid: `uid-${String(++version)}`, resourceVersion: String(version) };
      return [[key, { ...rest, metadata: stored }]];
    });
    engine.turn((turn) => {
      for (const [key, object] of made) turn.set(controller.inputs.children, key, object);
    });
  }
  return { engine, controller };
}

/** How many rows one turn touches. */
function touched(
  { engine, controller }: ReturnType<typeof settled>,
  kind: "pods" | "children",
  object: KubeObject,
): number {
  const total = (): number => [...engine.work().values()].reduce((sum, rows) => sum + rows, 0);
  const before = total();
  const key = kind === "pods" ? nameKey(object.metadata) : identityKey(refOf(object));
  const input = kind === "pods" ? controller.inputs.pods : controller.inputs.children;
  engine.turn((turn) => {
    turn.set(input, key, object);
  });
  return total() - before;
}

test("what one pod's change costs does not grow with the other pods", () => {
  const [few, many] = [settled(5), settled(400)];
  const unready = runningPod("pod-1", {}, { conditions: [{ type: "Ready", status: "False" }] });
  const heartbeat = runningPod("pod-2", { resourceVersion: "9" });
  const fresh = runningPod("newcomer");
  const foreign: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "redis", namespace: "shop", uid: "x" },
  };
  for (const [kind, object] of [
    ["pods", unready],
    ["pods", heartbeat],
    ["pods", fresh],
    ["children", foreign],
  ] as const) {
    expect(touched(many, kind, object)).toBe(touched(few, kind, object));
  }
});
