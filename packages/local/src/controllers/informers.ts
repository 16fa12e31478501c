import type { Api } from "../client/api.ts";
import type { Clock } from "../client/clock.ts";
import { type Informer, startInformer } from "../client/informer.ts";
import type { KubeObject } from "../client/object.ts";
import type { Resource } from "../client/resource.ts";

/** One informer for each kind, shared by all controllers. */
export interface Informers {
  of<T extends KubeObject>(resource: Resource<T>): Informer<T>;
  /** Stops following a kind that is no longer served. */
  drop(resource: Resource): Promise<void>;
  close(): Promise<void>;
}

export function informers(api: Api, options: { clock: Clock; onError: (error: unknown) => void }): Informers {
  const started = new Map<string, Informer<KubeObject>>();
  return {
    of<T extends KubeObject>(resource: Resource<T>) {
      const name = resourceName(resource);
      const informer = started.get(name) ?? startInformer(api, resource, options);
      started.set(name, informer);
      // Which type the objects of a kind are read as is stated once, in `resources`.
      return informer as unknown as Informer<T>;
    },
    async drop(resource) {
      const informer = started.get(resourceName(resource));
      started.delete(resourceName(resource));
      await informer?.forget();
    },
    async close() {
      await Promise.all([...started.values()].map((informer) => informer.close()));
    },
  };
}

/** `plural.group`, unique among what a server serves. */
export function resourceName(resource: Resource): string {
  return `${resource.plural}.${resource.group}`;
}
