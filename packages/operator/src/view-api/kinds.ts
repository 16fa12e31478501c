import { viewVersion } from "@headgate/pipeline";
import type { Controller } from "@headgate/pipeline";

/** A kind of view, as clients of the Kubernetes API name it. */
export interface ViewKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** In paths, and singular and plural at once: the kind in lower case. */
  readonly resource: string;
  /** The ids of the controllers that write it. */
  readonly controllers: readonly string[];
}

/** What can stand in a path; an Operator may call its views otherwise, and only pipelines read them then. */
const servable = {
  group: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  kind: /^[A-Za-z][A-Za-z0-9]*$/,
};

/** The views that controllers write, in the order of group and kind. Of two kinds that differ in case alone the first is served. */
export function viewKinds(controllers: readonly Controller[]): readonly ViewKind[] {
  const writers = new Map<string, ViewKind>();
  for (const { id, target } of controllers) {
    const { group, kind, view } = target.resource;
    if (!view || !servable.group.test(group) || !servable.kind.test(kind)) continue;
    const name = `${group}/${kind}`;
    const before = writers.get(name)?.controllers ?? [];
    const resource = kind.toLowerCase();
    writers.set(name, { group, version: viewVersion, kind, resource, controllers: [...before, id] });
  }
  const found = new Map<string, ViewKind>();
  for (const [, one] of [...writers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const place = `${one.group}/${one.resource}`;
    if (!found.has(place)) found.set(place, one);
  }
  return [...found.values()];
}
