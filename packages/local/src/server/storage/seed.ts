import { randomUUID } from "node:crypto";
import { gatewayApiCrds } from "../../schema/index.ts";
import { markEstablished } from "../handlers/definitions.ts";
import type { KubeObject } from "../json/object.ts";
import { firstRoles } from "../access/roles.ts";
import { crdStorageKey } from "../kinds/registry.ts";
import type { Storage } from "./storage.ts";

const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** What a cluster has before anybody writes to it. Leaves a storage alone that holds something. */
export const seed = (storage: Storage, time: string, definitions?: readonly KubeObject[]): void => {
  if (storage.count("namespaces.") > 0) return;
  for (const name of namespaces) {
    storage.put("namespaces.", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, uid: randomUUID(), creationTimestamp: time, labels: { "kubernetes.io/metadata.name": name } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  }
  for (const object of firstRoles(time)) storage.put(`${object.kind.toLowerCase()}s.rbac.authorization.k8s.io`, object);
  for (const definition of definitions ?? (gatewayApiCrds as unknown as readonly KubeObject[])) {
    // The spec itself is shared: a schema is compiled once for all servers of a process.
    const metadata = { ...definition.metadata, uid: randomUUID(), creationTimestamp: time, generation: 1 };
    const crd: KubeObject = { ...definition, metadata };
    markEstablished(crd, time);
    storage.put(crdStorageKey, crd);
  }
};
