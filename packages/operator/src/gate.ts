import { identityKey, refOf } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import type { Sink } from "@headgate/kube";

/** Holds back what several sinks are told until all of it is known. */
export interface Gate {
  /** A sink that tells `to` nothing until the gate is opened, and then everything. */
  sink(to: Sink): Sink;
  /** Once. */
  open(): void;
}

export function gate(): Gate {
  let isOpen = false;
  const release: (() => void)[] = [];
  return {
    sink: (to) => {
      const held = new Map<string, KubeObject>();
      const key = (object: KubeObject): string => identityKey(refOf(object));
      release.push(() => {
        to.replace([...held.values()]);
        held.clear();
      });
      return {
        replace: (objects) => {
          if (isOpen) {
            to.replace(objects);
            return;
          }
          held.clear();
          for (const object of objects) held.set(key(object), object);
        },
        upsert: (object) => {
          if (isOpen) to.upsert(object);
          else held.set(key(object), object);
        },
        remove: (object) => {
          if (isOpen) to.remove(object);
          else held.delete(key(object));
        },
      };
    },
    open: () => {
      isOpen = true;
      for (const tell of release.splice(0)) tell();
    },
  };
}
