import { identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { graph, mount } from "@headgate/delta";
import type { Graph, Key, Mounted } from "@headgate/delta";
import { endpointPolicyController } from "@headgate/views/endpoint-policy";
import type { EndpointPolicyInputs, EndpointPolicyOutputs } from "@headgate/views/endpoint-policy";
import { expect, test } from "vitest";
import { aGateway, aPolicy, instance } from "./rig.ts";

interface Settled {
  readonly engine: Graph;
  readonly controller: Mounted<EndpointPolicyInputs, EndpointPolicyOutputs>;
}

const policyOf = (name: string, image = "shop:1"): KubeObject =>
  aPolicy(
    name,
    {
      appRef: { name, image },
      gatewayRef: { name: "gw", hostname: `${name}.example.com` },
      endpoints: [
        { id: "cart", match: { path: "/cart" } },
        { id: "pay", match: { path: "/pay" }, hpa: { max: 3, cpuTarget: 50 } },
      ],
    },
    { uid: `uid-${name}` },
  );

/** A cluster of so many policies in which everything is made and available. */
function settled(policies: number): Settled {
  const engine = graph();
  const controller = mount(engine, endpointPolicyController({ instance, watchNamespace: "" }));
  engine.turn((turn) => {
    turn.set(controller.inputs.gateways, "shop/gw", aGateway("shop"));
    for (let i = 0; i < policies; i++) {
      const policy = policyOf(`app-${String(i)}`);
      turn.set(controller.inputs.policies, nameKey(policy.metadata), policy);
    }
  });
  let version = 0;
  while (controller.outputs.actions.size > 0) {
    const made = [...controller.outputs.actions.entries()].flatMap(([key, action]): (readonly [Key, KubeObject])[] => {
      if (action.do !== "apply") return [];
      const { metadata, ...rest } = action.desired.object;
      const stored = { ...metadata, uid: `uid-${String(++version)}`, resourceVersion: String(version) };
      return [[key, available({ ...rest, metadata: stored }, 1)]];
    });
    engine.turn((turn) => {
      for (const [key, object] of made) turn.set(controller.inputs.children, key, object);
    });
  }
  return { engine, controller };
}

function available(object: KubeObject, replicas: number): KubeObject {
  if (object.kind !== "Deployment") return object;
  const conditions = [{ type: "Available", status: replicas > 0 ? "True" : "False" }];
  return { ...object, status: { availableReplicas: replicas, conditions } };
}

/** How many rows one turn touches. */
function touched({ engine, controller }: Settled, object: KubeObject): number {
  const total = (): number => [...engine.work().values()].reduce((sum, rows) => sum + rows, 0);
  const before = total();
  engine.turn((turn) => {
    if (object.kind === "EndpointPolicy") turn.set(controller.inputs.policies, nameKey(object.metadata), object);
    else turn.set(controller.inputs.children, identityKey(refOf(object)), object);
  });
  return total() - before;
}

test("what one policy's change costs does not grow with the other policies", () => {
  const [few, many] = [settled(4), settled(200)];
  const deploymentOf = ({ controller }: Settled): KubeObject => {
    for (const [, { object }] of controller.outputs.desired.entries()) {
      if (object.kind === "Deployment" && object.metadata.name === "app-1-cart") return object;
    }
    throw new Error("there is no Deployment app-1-cart");
  };
  const changes: readonly ((on: Settled) => KubeObject)[] = [
    (on) => available({ ...deploymentOf(on), metadata: { ...deploymentOf(on).metadata, uid: "uid-x" } }, 0),
    () => policyOf("app-2", "shop:2"),
    () => policyOf("newcomer"),
    () => ({ apiVersion: "v1", kind: "Service", metadata: { name: "redis", namespace: "shop", uid: "x" } }),
  ];
  for (const change of changes) expect(touched(many, change(many))).toBe(touched(few, change(few)));
});
