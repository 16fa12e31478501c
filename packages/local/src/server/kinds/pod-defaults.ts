import { type Json, type JsonObject, objectAt, objectsAt, setAt, stringAt } from "../json/json.ts";

/** Sets members that are absent. */
export const fill = (target: JsonObject, values: JsonObject): void => {
  for (const [name, value] of Object.entries(values)) target[name] ??= value;
};

const defaultProbe = (probe: JsonObject): void => {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const get = objectAt(probe, "httpGet");
  if (get) fill(get, { path: "/", scheme: "HTTP" });
  const grpc = objectAt(probe, "grpc");
  if (grpc) fill(grpc, { service: "" });
};

const defaultHandler = (container: JsonObject, name: string): void => {
  const get = objectAt(container, "lifecycle", name, "httpGet");
  if (get) fill(get, { path: "/", scheme: "HTTP" });
};

const pullPolicy = (image: string): Json => {
  const tagged = /:([^/]+)$/.exec(image.split("@")[0] ?? "")?.[1];
  return !image.includes("@") && (tagged === undefined || tagged === "latest") ? "Always" : "IfNotPresent";
};

const defaultContainer = (container: JsonObject): void => {
  fill(container, {
    imagePullPolicy: pullPolicy(stringAt(container, "image") ?? ""),
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  for (const port of objectsAt(container, "ports")) fill(port, { protocol: "TCP" });
  for (const variable of objectsAt(container, "env")) {
    const fieldRef = objectAt(variable, "valueFrom", "fieldRef");
    if (fieldRef) fill(fieldRef, { apiVersion: "v1" });
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = objectAt(container, name);
    if (probe) defaultProbe(probe);
  }
  defaultHandler(container, "postStart");
  defaultHandler(container, "preStop");
};

const volumeSources = ["configMap", "secret", "projected", "downwardAPI"];

const defaultVolume = (volume: JsonObject): void => {
  if (Object.keys(volume).length === 1) volume["emptyDir"] = {};
  for (const source of volumeSources) {
    const found = objectAt(volume, source);
    if (found) fill(found, { defaultMode: 420 });
  }
  const hostPath = objectAt(volume, "hostPath");
  if (hostPath) fill(hostPath, { type: "" });
};

export const defaultPodSpec = (spec: JsonObject): void => {
  fill(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  if (typeof spec["serviceAccountName"] === "string") fill(spec, { serviceAccount: spec["serviceAccountName"] });
  for (const list of ["initContainers", "containers", "ephemeralContainers"])
    objectsAt(spec, list).forEach(defaultContainer);
  objectsAt(spec, "volumes").forEach(defaultVolume);
};

/** What the server does to a pod but not to a pod template. */
export const defaultPod = (pod: JsonObject): void => {
  const spec = objectAt(pod, "spec");
  if (!spec) return;
  defaultPodSpec(spec);
  fill(spec, { enableServiceLinks: true });
  for (const container of [...objectsAt(spec, "initContainers"), ...objectsAt(spec, "containers")]) {
    for (const [name, limit] of Object.entries(objectAt(container, "resources", "limits") ?? {})) {
      if (objectAt(container, "resources", "requests")?.[name] === undefined) {
        setAt(container, ["resources", "requests", name], limit);
      }
    }
  }
};

/** The quality-of-service class that the requests and limits of a pod amount to. */
export const qosClass = (pod: JsonObject): string => {
  const resources = [...objectsAt(pod, "spec", "initContainers"), ...objectsAt(pod, "spec", "containers")].map(
    (container) => [objectAt(container, "resources", "limits"), objectAt(container, "resources", "requests")] as const,
  );
  if (resources.every(([limits, requests]) => !limits && !requests)) return "BestEffort";
  const guaranteed = resources.every(([limits, requests]) =>
    ["cpu", "memory"].every((name) => limits?.[name] !== undefined && requests?.[name] === limits[name]),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
};
