import type { Informer } from "../client/informer.ts";
import { controllerOf, type KubeObject } from "../client/object.ts";

/** The objects that the owner controls. */
export function owned<T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] {
  const found: T[] = [];
  for (const object of informer.inNamespace(owner.metadata.namespace ?? "")) {
    if (controllerOf(object)?.uid === owner.metadata.uid) found.push(object);
  }
  return found;
}

/** The key of the object's controller, when that is of the given kind. */
export function ownerKey(object: KubeObject, kind: string): string | undefined {
  const owner = controllerOf(object);
  return owner?.kind === kind ? `${object.metadata.namespace ?? ""}/${owner.name}` : undefined;
}
