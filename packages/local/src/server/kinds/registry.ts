import { stringAt } from "../json/json.ts";
import type { KubeObject } from "../json/object.ts";
import type { Storage } from "../storage/storage.ts";
import { builtInResources } from "./built-in.ts";
import { customResources } from "./custom.ts";
import type { Resource } from "./resource.ts";

/** Which kinds there are: the built-in ones, and those of the CustomResourceDefinitions in the storage. */
export interface Registry {
  all(): readonly Resource[];
  find(group: string, version: string, plural: string): Resource | undefined;
  /** The kind that a CustomResourceDefinition defines, whatever its version. */
  of(crd: KubeObject): Resource | undefined;
  close(): void;
}

export const crdStorageKey = "customresourcedefinitions.apiextensions.k8s.io";

export const createRegistry = (storage: Storage): Registry => {
  const custom = new Map<string, readonly Resource[]>();
  const specs = new Map<string, KubeObject[string]>();
  const lookup = new Map<string, Resource>();
  let all: readonly Resource[] = builtInResources;

  const index = (): void => {
    all = [...builtInResources, ...[...custom.values()].flat()];
    lookup.clear();
    for (const resource of all) lookup.set(`${resource.group}/${resource.version}/${resource.plural}`, resource);
  };
  const read = (crd: KubeObject): void => {
    // A change of the status alone leaves the compiled schemas as they are.
    if (specs.get(crd.metadata.name) === crd["spec"]) return;
    specs.set(crd.metadata.name, crd["spec"]);
    custom.set(crd.metadata.name, customResources(crd));
  };

  storage.list(crdStorageKey).forEach(read);
  index();
  const unsubscribe = storage.subscribe(crdStorageKey, ({ type, object }) => {
    if (type === "DELETED") {
      custom.delete(object.metadata.name);
      specs.delete(object.metadata.name);
    } else read(object);
    index();
  });

  return {
    all: () => all,
    find: (group, version, plural) => lookup.get(`${group}/${version}/${plural}`),
    of: (crd) =>
      custom.get(`${stringAt(crd, "spec", "names", "plural") ?? ""}.${stringAt(crd, "spec", "group") ?? ""}`)?.[0],
    close: unsubscribe,
  };
};
