import { nameKey, resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { reflect } from "@headgate/kube";
import type { Client } from "@headgate/kube";

/** What policies say of themselves. */
export interface PolicyWatch {
  /** Resolves when so many are ready in their present generation. */
  ready(policies: number): Promise<void>;
  stop(): Promise<void>;
}

export async function policyWatch(client: Client): Promise<PolicyWatch> {
  const readyOnes = new Set<string>();
  let look = (): void => undefined;
  const see = (object: KubeObject): void => {
    if (isReady(object)) readyOnes.add(nameKey(object.metadata));
    else readyOnes.delete(nameKey(object.metadata));
  };
  const policies = reflect(
    client,
    { type: resourceTypes.EndpointPolicy, namespace: "default" },
    {
      replace: (objects) => {
        readyOnes.clear();
        for (const object of objects) see(object);
        look();
      },
      upsert: (object) => {
        see(object);
        look();
      },
      remove: ({ metadata }) => {
        readyOnes.delete(nameKey(metadata));
      },
    },
  );
  const leave = new AbortController();
  const running = policies.run(leave.signal);
  await policies.synced;
  return {
    ready: (wanted) =>
      new Promise((resolve) => {
        look = () => {
          if (readyOnes.size === wanted) resolve();
        };
        look();
      }),
    stop: async () => {
      leave.abort();
      await running;
    },
  };
}

interface Status {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly observedGeneration: number;
  }[];
}

function isReady({ metadata, status = {} }: KubeObject): boolean {
  const { conditions = [] } = status as Status;
  return conditions.some(
    ({ type, status: is, observedGeneration }) =>
      type === "Ready" && is === "True" && observedGeneration === metadata.generation,
  );
}
