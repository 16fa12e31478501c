import { isIPv4, isIPv6 } from "node:net";
import {
  at,
  equal,
  type Json,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  objectsAt,
  shown,
  stringAt,
} from "../json/json.ts";
import type { Check } from "./check.ts";
import { checkDefinition } from "./definition-rules.ts";
import { checkPod, checkPodSpec, protocols } from "./pod-rules.ts";

/** Tells a check what is wrong with an object of a kind, or with its change when there is an old one. */
export type Rule = (check: Check, object: JsonObject, old: JsonObject | undefined) => void;

const workload: Rule = (check, object, old) => {
  const selector = objectAt(object, "spec", "selector");
  const wanted = Object.entries(objectAt(selector, "matchLabels") ?? {});
  const empty = wanted.length === 0 && listAt(selector, "matchExpressions").length === 0;
  check.required("spec.selector", selector);
  check.wrong(selector !== undefined && empty, "spec.selector", selector, "empty selector is invalid for deployment");
  const labels = objectAt(object, "spec", "template", "metadata", "labels");
  const missed = wanted.some(([key, value]) => labels?.[key] !== value);
  check.wrong(missed, "spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
  const template = objectAt(object, "spec", "template", "spec");
  checkPodSpec(check, template, "spec.template.spec");
  if (template) check.oneOf("spec.template.spec.restartPolicy", template["restartPolicy"], ["Always"]);
  for (const name of ["replicas", "minReadySeconds"]) check.atLeast(`spec.${name}`, at(object, "spec", name), 0);
  if (old) check.immutable("spec.selector", selector, at(old, "spec", "selector"));
};

const isNothing = (value: Json | undefined): boolean => value === 0 || value === "0%";

const deployment: Rule = (check, object, old) => {
  workload(check, object, old);
  const type = at(object, "spec", "strategy", "type");
  const rolling = objectAt(object, "spec", "strategy", "rollingUpdate");
  const path = "spec.strategy.rollingUpdate";
  check.oneOf("spec.strategy.type", type, ["Recreate", "RollingUpdate"]);
  check.forbid(
    type === "Recreate" && rolling !== undefined,
    path,
    "may not be specified when strategy `type` is 'Recreate'",
  );
  for (const name of ["maxSurge", "maxUnavailable"]) {
    const value = rolling?.[name];
    const odd = typeof value === "string" && !/^\d+%$/.test(value);
    check.wrong(
      odd,
      `${path}.${name}`,
      value,
      "a valid percent string must be a numeric string followed by an ending '%'",
    );
  }
  const stuck = isNothing(rolling?.["maxSurge"]) && isNothing(rolling?.["maxUnavailable"]);
  check.wrong(stuck, `${path}.maxUnavailable`, rolling?.["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
  const deadline = numberAt(object, "spec", "progressDeadlineSeconds") ?? Infinity;
  const early = deadline <= (numberAt(object, "spec", "minReadySeconds") ?? 0);
  check.wrong(early, "spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
};

const service: Rule = (check, object, old) => {
  const spec = objectAt(object, "spec") ?? {};
  const external = spec["type"] === "ExternalName";
  check.oneOf("spec.type", spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
  check.oneOf("spec.sessionAffinity", spec["sessionAffinity"], ["ClientIP", "None"]);
  if (external) check.required("spec.externalName", spec["externalName"]);
  else if (spec["clusterIP"] !== "None") check.required("spec.ports", spec["ports"]);
  const ports = objectsAt(spec, "ports");
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`;
    const name = stringAt(port, "name") ?? "";
    if (name !== "") check.name(`${path}.name`, name, "label");
    else if (ports.length > 1) check.required(`${path}.name`, name);
    check.port(`${path}.port`, port["port"]);
    check.oneOf(`${path}.protocol`, port["protocol"], protocols);
    if (typeof port["targetPort"] === "number") check.port(`${path}.targetPort`, port["targetPort"]);
  }
  check.distinct(
    ports.map((port) => port["name"]),
    (index) => `spec.ports[${index}].name`,
  );
  check.distinct(
    ports.map(({ port, protocol }) => ({ port, protocol })),
    (index) => `spec.ports[${index}]`,
  );
  for (const [key, value] of Object.entries(objectAt(spec, "selector") ?? {})) {
    check.labelValue(`spec.selector[${key}]`, shown(value));
  }
  const before = stringAt(old, "spec", "type") === "ExternalName" ? "" : (stringAt(old, "spec", "clusterIP") ?? "");
  const moved = !external && before !== "" && before !== spec["clusterIP"];
  check.wrong(moved, "spec.clusterIPs[0]", listAt(spec, "clusterIPs").slice(0, 1), "may not change once set");
};

const addressFits: Readonly<Record<string, (address: string) => boolean>> = { IPv4: isIPv4, IPv6: isIPv6 };

const endpointSlice: Rule = (check, object, old) => {
  const type = stringAt(object, "addressType") ?? "";
  if (type === "") check.required("addressType", type);
  else check.oneOf("addressType", type, ["FQDN", "IPv4", "IPv6"]);
  if (old) check.immutable("addressType", type, old["addressType"]);
  const endpoints = objectsAt(object, "endpoints");
  check.atMost("endpoints", endpoints.length, 1000);
  for (const [index, endpoint] of endpoints.entries()) {
    const path = `endpoints[${index}].addresses`;
    const addresses = listAt(endpoint, "addresses");
    check.required(path, endpoint["addresses"], "must contain at least 1 address");
    check.atMost(path, addresses.length, 100);
    for (const [position, address] of addresses.entries()) {
      const fits = addressFits[type]?.(shown(address)) ?? true;
      check.wrong(!fits, `${path}[${position}]`, address, `must be an ${type} address`);
    }
  }
  const ports = objectsAt(object, "ports");
  for (const [index, port] of ports.entries()) {
    check.oneOf(`ports[${index}].protocol`, port["protocol"], protocols);
    if (port["port"] !== undefined) check.port(`ports[${index}].port`, port["port"]);
  }
  check.distinct(
    ports.map((port) => `=${shown(port["name"])}`),
    (index) => `ports[${index}].name`,
  );
};

const keyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

const data: Rule = (check, object, old) => {
  const frozen = old?.["immutable"] === true;
  const detail = "field is immutable when `immutable` is set";
  for (const part of ["data", "binaryData"]) {
    for (const key of Object.keys(objectAt(object, part) ?? {})) {
      check.wrong(!/^[-._a-zA-Z0-9]{1,253}$/.test(key), `${part}[${key}]`, key, keyText);
    }
    check.forbid(frozen && !equal(object[part], old[part]), part, detail);
  }
  check.forbid(frozen && object["immutable"] !== true, "immutable", detail);
};

const secret: Rule = (check, object, old) => {
  data(check, object, old);
  if (old) check.immutable("type", object["type"], old["type"]);
};

const event: Rule = (check, object) => {
  const involved = stringAt(object, "involvedObject", "namespace");
  const namespace = stringAt(object, "metadata", "namespace");
  const apart = involved === undefined ? namespace !== "default" : involved !== namespace;
  check.wrong(apart, "involvedObject.namespace", involved ?? "", "does not match event.namespace");
};

const lease: Rule = (check, object) => {
  check.atLeast("spec.leaseDurationSeconds", at(object, "spec", "leaseDurationSeconds"), 1);
};

export const rulesOf: Readonly<Record<string, Rule>> = {
  CustomResourceDefinition: checkDefinition,
  Pod: checkPod,
  Deployment: deployment,
  ReplicaSet: workload,
  Service: service,
  EndpointSlice: endpointSlice,
  ConfigMap: data,
  Secret: secret,
  Event: event,
  Lease: lease,
};
