import { type JsonObject, objectAt, objectsAt, setAt, stringAt } from "../json/json.ts";

/** Sets members that are absent. */
const fill = (target: JsonObject | undefined, values: JsonObject): void => {
  if (target) for (const [name, value] of Object.entries(values)) target[name] ??= value;
};

const containersOf = (spec: JsonObject | undefined): readonly JsonObject[] => [
  ...objectsAt(spec, "initContainers"),
  ...objectsAt(spec, "containers"),
];

const pullPolicy = (image: string): string => {
  const tagged = /:([^/]+)$/.exec(image.split("@")[0] ?? "")?.[1];
  return !image.includes("@") && (tagged === undefined || tagged === "latest") ? "Always" : "IfNotPresent";
};

const defaultPodSpec = (spec: JsonObject | undefined): void => {
  if (typeof spec?.["serviceAccountName"] === "string") fill(spec, { serviceAccount: spec["serviceAccountName"] });
  for (const container of containersOf(spec))
    fill(container, { imagePullPolicy: pullPolicy(stringAt(container, "image") ?? "") });
  for (const volume of objectsAt(spec, "volumes")) if (Object.keys(volume).length === 1) volume["emptyDir"] = {};
};

/** What the server does to a pod but not to a pod template: limits are requests too. */
const pod = (object: JsonObject): void => {
  const spec = objectAt(object, "spec");
  defaultPodSpec(spec);
  fill(spec, { enableServiceLinks: true });
  for (const container of containersOf(spec)) {
    for (const [name, limit] of Object.entries(objectAt(container, "resources", "limits") ?? {})) {
      if (objectAt(container, "resources", "requests")?.[name] === undefined)
        setAt(container, ["resources", "requests", name], limit);
    }
  }
};

const awayFromNode = (key: string): JsonObject => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
});

/** What the admission plugins of a plain cluster give to a pod, but for the service account's token. */
export const admitPod = (object: JsonObject): void => {
  const spec = objectAt(object, "spec");
  fill(spec, { priority: 0, preemptionPolicy: "PreemptLowerPriority" });
  const given = objectsAt(spec, "tolerations");
  const missing = ["not-ready", "unreachable"]
    .map(awayFromNode)
    .filter(({ key }) => !given.some((t) => t["key"] === key));
  if (spec) spec["tolerations"] = [...given, ...missing];
};

const workload = (object: JsonObject): void => {
  defaultPodSpec(objectAt(object, "spec", "template", "spec"));
};

const deployment = (object: JsonObject): void => {
  workload(object);
  const strategy = objectAt(object, "spec", "strategy");
  if (strategy?.["type"] !== "RollingUpdate") return;
  fill(strategy, { rollingUpdate: {} });
  fill(objectAt(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
};

const service = (object: JsonObject): void => {
  const spec = objectAt(object, "spec");
  for (const port of objectsAt(spec, "ports")) port["targetPort"] ||= port["port"];
  if (spec?.["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  else fill(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } });
  if (spec?.["type"] !== "ExternalName") fill(spec, { internalTrafficPolicy: "Cluster" });
};

const secret = (object: JsonObject): void => {
  for (const [name, value] of Object.entries(objectAt(object, "stringData") ?? {})) {
    if (typeof value === "string") setAt(object, ["data", name], Buffer.from(value).toString("base64"));
  }
  delete object["stringData"];
};

const namespace = (object: JsonObject): void => {
  setAt(object, ["metadata", "labels", "kubernetes.io/metadata.name"], stringAt(object, "metadata", "name"));
};

const definition = (object: JsonObject): void => {
  const names = objectAt(object, "spec", "names");
  const kind = stringAt(names, "kind") ?? "";
  fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  fill(objectAt(object, "spec", "conversion"), { strategy: "None" });
};

/** What the author left out and depends on something else than the field itself. Changes the object. */
export const defaultsOf: Readonly<Record<string, (object: JsonObject) => void>> = {
  Pod: pod,
  Deployment: deployment,
  ReplicaSet: workload,
  Service: service,
  Secret: secret,
  Namespace: namespace,
  CustomResourceDefinition: definition,
};

/** The quality-of-service class that the requests and limits of a pod amount to. */
const qosClass = (object: JsonObject): string => {
  const resources = containersOf(objectAt(object, "spec")).map(
    (container) => [objectAt(container, "resources", "limits"), objectAt(container, "resources", "requests")] as const,
  );
  if (resources.every(([limits, requests]) => !limits && !requests)) return "BestEffort";
  const guaranteed = resources.every(([limits, requests]) =>
    ["cpu", "memory"].every((name) => limits?.[name] !== undefined && requests?.[name] === limits[name]),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
};

/** The status of a new object: it is not the author's to give. Kinds without one here keep the author's. */
export const firstStatusOf: Readonly<Record<string, (object: JsonObject) => JsonObject>> = {
  Pod: (object) => ({ phase: "Pending", qosClass: qosClass(object) }),
  Deployment: () => ({}),
  ReplicaSet: () => ({ replicas: 0 }),
  Service: () => ({ loadBalancer: {} }),
  Namespace: (object) => {
    setAt(object, ["spec", "finalizers"], ["kubernetes"]);
    return { phase: "Active" };
  },
};
