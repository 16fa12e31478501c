import { type JsonObject, listAt, objectAt, objectsAt, stringAt } from "../json/json.ts";
import { defaultPod, defaultPodSpec, fill, qosClass } from "./pod-defaults.ts";

const specOf = (object: JsonObject): JsonObject => {
  const spec = objectAt(object, "spec") ?? {};
  object["spec"] = spec;
  return spec;
};

const defaultTemplate = (spec: JsonObject): void => {
  const template = objectAt(spec, "template", "spec");
  if (template) defaultPodSpec(template);
};

const deployment = (object: JsonObject): void => {
  const spec = specOf(object);
  fill(spec, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = objectAt(spec, "strategy");
  if (strategy) {
    fill(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate") {
      fill(strategy, { rollingUpdate: {} });
      const rolling = objectAt(strategy, "rollingUpdate");
      if (rolling) fill(rolling, { maxUnavailable: "25%", maxSurge: "25%" });
    }
  }
  defaultTemplate(spec);
};

const replicaSet = (object: JsonObject): void => {
  const spec = specOf(object);
  fill(spec, { replicas: 1 });
  defaultTemplate(spec);
};

const service = (object: JsonObject): void => {
  const spec = specOf(object);
  fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
  const type = spec["type"];
  for (const port of objectsAt(spec, "ports")) {
    fill(port, { protocol: "TCP" });
    if (port["port"] !== undefined) fill(port, { targetPort: port["port"] });
  }
  if (spec["sessionAffinity"] === "ClientIP")
    fill(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } });
  if (type === "ExternalName") return;
  fill(spec, { internalTrafficPolicy: "Cluster" });
  if (type === "NodePort" || type === "LoadBalancer") fill(spec, { externalTrafficPolicy: "Cluster" });
  if (type === "LoadBalancer") fill(spec, { allocateLoadBalancerNodePorts: true });
};

const endpointSlice = (object: JsonObject): void => {
  fill(object, { endpoints: null });
  if (object["endpoints"] === null) object["endpoints"] = [];
  for (const port of objectsAt(object, "ports")) fill(port, { name: "", protocol: "TCP" });
};

const secret = (object: JsonObject): void => {
  fill(object, { type: "Opaque" });
  const text = objectAt(object, "stringData");
  if (!text) return;
  const data = objectAt(object, "data") ?? {};
  for (const [name, value] of Object.entries(text)) {
    if (typeof value === "string") data[name] = Buffer.from(value).toString("base64");
  }
  object["data"] = data;
  delete object["stringData"];
};

const namespace = (object: JsonObject): void => {
  const metadata = objectAt(object, "metadata") ?? {};
  const labels = objectAt(metadata, "labels") ?? {};
  metadata["labels"] = labels;
  if (stringAt(metadata, "name") !== undefined) labels["kubernetes.io/metadata.name"] = metadata["name"];
  specOf(object);
  fill(object, { status: { phase: "Active" } });
};

const customResourceDefinition = (object: JsonObject): void => {
  const spec = specOf(object);
  fill(spec, { conversion: { strategy: "None" } });
  const names = objectAt(spec, "names");
  const kind = stringAt(names, "kind");
  if (names && kind !== undefined) fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  // The versions are served and stored by their flags, which have no defaults.
  if (listAt(spec, "versions").length === 0) delete spec["versions"];
};

export const defaultsOf: Readonly<Record<string, (object: JsonObject) => void>> = {
  Pod: defaultPod,
  Deployment: deployment,
  ReplicaSet: replicaSet,
  Service: service,
  EndpointSlice: endpointSlice,
  Secret: secret,
  Namespace: namespace,
  CustomResourceDefinition: customResourceDefinition,
  Node: (object) => void specOf(object),
  Lease: (object) => void specOf(object),
};

/** What the server decides about a new object: above all that its status is not the author's to give. */
export const createsOf: Readonly<Record<string, (object: JsonObject) => void>> = {
  Pod: (object) => {
    object["status"] = { phase: "Pending", qosClass: qosClass(object) };
  },
  Deployment: (object) => {
    object["status"] = {};
  },
  ReplicaSet: (object) => {
    object["status"] = { replicas: 0 };
  },
  Service: (object) => {
    object["status"] = { loadBalancer: {} };
  },
  Namespace: (object) => {
    object["status"] = { phase: "Active" };
    specOf(object)["finalizers"] = ["kubernetes"];
  },
};
