import { identityKey, refOf, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { reflect, supervise } from "@headgate/kube";
import type { Client } from "@headgate/kube";

/** Stands in for those who answer to what the operator makes. */
export interface StandIns {
  /** The statuses that they wrote. */
  readonly written: () => number;
  /** Resolves when they have answered everything that they have seen. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const atOnce = 8;

/** For the Deployment controller, which says that all replicas are available at once, and for the Gateway's, which takes every route. */
export async function standIns(client: Client): Promise<StandIns> {
  const waiting = new Map<string, KubeObject>();
  const failed = Promise.withResolvers<never>();
  let [written, working] = [0, 0];
  let idlers: (() => void)[] = [];
  const work = async (): Promise<void> => {
    working += 1;
    for (let next = waiting.entries().next(); next.done !== true; next = waiting.entries().next()) {
      const [key, object] = next.value;
      waiting.delete(key);
      await client.patch(refOf(object), { status: answer(object) }, { type: "merge", subresource: "status" });
      written += 1;
    }
    working -= 1;
    if (working > 0) return;
    for (const tell of idlers) tell();
    idlers = [];
  };
  const see = (object: KubeObject): void => {
    if (isAnswered(object)) return;
    waiting.set(identityKey(refOf(object)), object);
    if (working < atOnce) work().catch(failed.reject);
  };
  const watches = [resourceTypes.Deployment, resourceTypes.HTTPRoute, resourceTypes.GRPCRoute].map((type) =>
    reflect(
      client,
      { type, namespace: "default" },
      {
        replace: (objects) => {
          for (const object of objects) see(object);
        },
        upsert: see,
        remove: (object) => {
          waiting.delete(identityKey(refOf(object)));
        },
      },
    ),
  );
  const leave = new AbortController();
  const running = Promise.race([supervise(watches, leave.signal), failed.promise]);
  await Promise.race([Promise.all(watches.map(({ synced }) => synced)), running]);
  return {
    written: () => written,
    idle: () =>
      new Promise((resolve) => {
        if (working === 0) resolve();
        else idlers.push(resolve);
      }),
    stop: async () => {
      leave.abort();
      await running;
    },
  };
}

interface Answer {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly parents?: readonly { readonly conditions: readonly { readonly observedGeneration?: number }[] }[];
}

/** Whether the status is about the present generation. */
function isAnswered({ metadata, status = {} }: KubeObject): boolean {
  const { observedGeneration, parents } = status as Answer;
  const seen = observedGeneration ?? parents?.[0]?.conditions[0]?.observedGeneration;
  return seen === metadata.generation;
}

function answer({ kind, metadata, spec }: KubeObject): object {
  const told = { observedGeneration: metadata.generation, lastTransitionTime: "2026-01-01T00:00:00Z", message: "" };
  if (kind !== "Deployment") {
    const conditions = ["Accepted", "ResolvedRefs"].map((type) => ({ ...told, type, status: "True", reason: type }));
    const parentRef = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" };
    return { parents: [{ parentRef, controllerName: "bench.example/gateway", conditions }] };
  }
  const { replicas = 1 } = spec as Answer;
  const { lastTransitionTime, message, observedGeneration } = told;
  return {
    observedGeneration,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      { type: "Available", status: "True", reason: "MinimumReplicasAvailable", lastTransitionTime, message },
      { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", lastTransitionTime, message },
    ],
  };
}
