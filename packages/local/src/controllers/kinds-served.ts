import { discoverResources } from "../client/discovery.ts";
import type { Informer } from "../client/informer.ts";
import type { KubeObject, OwnerReference } from "../client/object.ts";
import { type Resource, resources } from "../client/resource.ts";
import { workQueue } from "../client/work-queue.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { resourceName } from "./informers.ts";

/** Follows every kind that the server has, those of custom resources included. */
export interface KindsServed extends Controller {
  /** Resolves when the first discovery is done. */
  readonly synced: Promise<void>;
  all(): Iterable<Informer<KubeObject>>;
  /** The kind that an owner reference means, or undefined when the server has no such kind. */
  resolve(reference: Pick<OwnerReference, "apiVersion" | "kind">): Resource | undefined;
  /** Called once for every informer, those that come later included. */
  onInformer(listener: (informer: Informer<KubeObject>) => void): void;
}

/** Events own nothing and are owned by nothing. */
const ignored = new Set(["events.", "events.events.k8s.io"]);

export function followKinds(context: ControllerContext): KindsServed {
  const { api, informers, clock, onError } = context;
  const followed = new Map<string, Informer<KubeObject>>();
  const listeners: ((informer: Informer<KubeObject>) => void)[] = [];
  const first = Promise.withResolvers<undefined>();
  const definitions = informers.of(resources.customResourceDefinitions);
  const shared = new Set(Object.values(resources).map((resource) => resourceName(resource)));

  const queue = workQueue({
    clock,
    onError: (error) => {
      onError(error, "Discovery");
    },
    async reconcile() {
      const served = new Map((await discoverResources(api)).map((resource) => [resourceName(resource), resource]));
      for (const [name, informer] of followed) {
        const now = served.get(name);
        if (now?.version === informer.resource.version) continue;
        followed.delete(name);
        if (!shared.has(name)) await informers.drop(informer.resource);
      }
      for (const [name, resource] of served) {
        if (followed.has(name) || ignored.has(name)) continue;
        const informer = informers.of(resource);
        followed.set(name, informer);
        for (const listener of listeners) listener(informer);
      }
      await Promise.all([...followed.values()].map(({ synced }) => synced));
      first.resolve(undefined);
    },
  });
  queue.add("kinds");
  definitions.onChange(() => {
    queue.add("kinds");
  });

  return {
    synced: first.promise,
    all: () => followed.values(),
    resolve({ apiVersion, kind }) {
      const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
      for (const { resource } of followed.values())
        if (resource.kind === kind && resource.group === group) return resource;
      return undefined;
    },
    onInformer(listener) {
      listeners.push(listener);
      for (const informer of followed.values()) listener(informer);
    },
    async close() {
      first.resolve(undefined);
      await queue.close();
    },
  };
}
