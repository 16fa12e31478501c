/** What many controllers do, to compare with: at each event of a pod, all of its children are written as they should be. */
import { resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { listAll, reflect } from "@headgate/kube";
import type { Client } from "@headgate/kube";

export interface WritePerEvent {
  /** Resolves when so many events have been answered. */
  done(events: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on the pods and children that there are. It writes with PUT, and never a child that has no pod. */
export async function writePerEvent(client: Client): Promise<WritePerEvent> {
  const children = new Map<string, KubeObject[]>();
  for (const type of [resourceTypes.Service, resourceTypes.EndpointSlice, resourceTypes.HTTPRoute]) {
    for (const object of (await listAll(client, type, { namespace: "default" })).items) {
      const { name } = object.metadata;
      children.set(name, [...(children.get(name) ?? []), object]);
    }
  }
  let answered = 0;
  let wanted = Number.POSITIVE_INFINITY;
  const finished = Promise.withResolvers<undefined>();
  const answer = async (pod: KubeObject): Promise<void> => {
    for (const child of children.get(pod.metadata.name) ?? []) await client.replace(child);
    answered += 1;
    if (answered >= wanted) finished.resolve(undefined);
  };
  const pods = reflect(
    client,
    { type: resourceTypes.Pod, namespace: "default" },
    {
      replace: () => undefined,
      upsert: (pod) => {
        answer(pod).catch(finished.reject);
      },
      remove: () => undefined,
    },
  );
  const stop = new AbortController();
  const running = pods.run(stop.signal);
  await pods.synced;
  return {
    done: async (events) => {
      wanted = events;
      if (answered >= events) return;
      await finished.promise;
    },
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
