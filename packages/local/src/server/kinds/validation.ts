import { isIPv4, isIPv6 } from "node:net";
import type { FieldError } from "../../schema/index.ts";
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
import {
  duplicate,
  immutable,
  labelValueErrors,
  nameErrors,
  oneOf,
  portErrors,
  refused,
  required,
  wrong,
} from "./field-rules.ts";
import { definitionErrors } from "./definition-validation.ts";
import { podErrors, podSpecErrors, protocols } from "./pod-validation.ts";

type Rule = (object: JsonObject, old: JsonObject | undefined) => FieldError[];

const matches = (selector: JsonObject | undefined, labels: JsonObject | undefined): boolean =>
  Object.entries(objectAt(selector, "matchLabels") ?? {}).every(([key, value]) => labels?.[key] === value);

const negative = (object: JsonObject, path: readonly string[]): FieldError[] => {
  const value = numberAt(object, ...path);
  return value !== undefined && value < 0 ? [wrong(path.join("."), value, "must be greater than or equal to 0")] : [];
};

const workload: Rule = (object, old) => {
  const errors: FieldError[] = [];
  const selector = objectAt(object, "spec", "selector");
  const empty =
    !selector ||
    (Object.keys(objectAt(selector, "matchLabels") ?? {}).length === 0 &&
      listAt(selector, "matchExpressions").length === 0);
  if (!selector) errors.push(required("spec.selector"));
  else if (empty) errors.push(wrong("spec.selector", selector, "empty selector is invalid for deployment"));
  const template = objectAt(object, "spec", "template");
  if (!template) errors.push(required("spec.template"));
  else {
    const labels = objectAt(template, "metadata", "labels");
    if (!empty && !matches(selector, labels))
      errors.push(
        wrong("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`"),
      );
    errors.push(...podSpecErrors(objectAt(template, "spec"), "spec.template.spec"));
    const policy = at(template, "spec", "restartPolicy");
    if (policy !== undefined) errors.push(...oneOf("spec.template.spec.restartPolicy", policy, ["Always"]));
  }
  errors.push(...negative(object, ["spec", "replicas"]), ...negative(object, ["spec", "minReadySeconds"]));
  if (old) errors.push(...immutable("spec.selector", selector, at(old, "spec", "selector")));
  return errors;
};

const percentage = /^\d+%$/;
const isNothing = (value: Json | undefined): boolean => value === 0 || value === "0%";

const deployment: Rule = (object, old) => {
  const errors = workload(object, old);
  const strategy = objectAt(object, "spec", "strategy");
  errors.push(...oneOf("spec.strategy.type", strategy?.["type"], ["Recreate", "RollingUpdate"]));
  const rolling = objectAt(strategy, "rollingUpdate");
  if (strategy?.["type"] === "Recreate" && rolling)
    errors.push(refused("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"));
  for (const name of ["maxSurge", "maxUnavailable"]) {
    const value = rolling?.[name];
    if (typeof value === "string" && !percentage.test(value))
      errors.push(
        wrong(
          `spec.strategy.rollingUpdate.${name}`,
          value,
          "a valid percent string must be a numeric string followed by an ending '%'",
        ),
      );
  }
  if (rolling && isNothing(rolling["maxSurge"]) && isNothing(rolling["maxUnavailable"])) {
    errors.push(
      wrong(
        "spec.strategy.rollingUpdate.maxUnavailable",
        rolling["maxUnavailable"],
        "may not be 0 when `maxSurge` is 0",
      ),
    );
  }
  const minReady = numberAt(object, "spec", "minReadySeconds") ?? 0;
  const deadline = numberAt(object, "spec", "progressDeadlineSeconds");
  if (deadline !== undefined && deadline <= minReady)
    errors.push(wrong("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
  return errors;
};

const servicePorts = (spec: JsonObject): FieldError[] => {
  const errors: FieldError[] = [];
  const ports = objectsAt(spec, "ports");
  const seen = new Set<string>();
  const taken = new Set<string>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    const name = stringAt(port, "name") ?? "";
    if (name === "" && ports.length > 1) errors.push(required(`${path}.name`));
    if (name !== "") errors.push(...nameErrors(`${path}.name`, name, "label"));
    if (name !== "" && seen.has(name)) errors.push(duplicate(`${path}.name`, name));
    seen.add(name);
    errors.push(...portErrors(`${path}.port`, port["port"]), ...oneOf(`${path}.protocol`, port["protocol"], protocols));
    const target = port["targetPort"];
    if (typeof target === "number") errors.push(...portErrors(`${path}.targetPort`, target));
    const pair = JSON.stringify([port["port"], port["protocol"]]);
    if (taken.has(pair)) errors.push(duplicate(path, { port: port["port"], protocol: port["protocol"] }));
    taken.add(pair);
  });
  return errors;
};

const service: Rule = (object, old) => {
  const spec = objectAt(object, "spec") ?? {};
  const errors = [
    ...oneOf("spec.type", spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ...oneOf("spec.sessionAffinity", spec["sessionAffinity"], ["ClientIP", "None"]),
    ...servicePorts(spec),
  ];
  const external = spec["type"] === "ExternalName";
  if (external && !spec["externalName"]) errors.push(required("spec.externalName"));
  if (!external && spec["clusterIP"] !== "None" && listAt(spec, "ports").length === 0)
    errors.push(required("spec.ports"));
  for (const [key, value] of Object.entries(objectAt(spec, "selector") ?? {})) {
    if (typeof value === "string") errors.push(...labelValueErrors(`spec.selector[${key}]`, value));
  }
  const before = stringAt(old, "spec", "clusterIP");
  const typeKept = !external && stringAt(old, "spec", "type") !== "ExternalName";
  if (old && typeKept && before !== undefined && before !== "" && before !== spec["clusterIP"]) {
    errors.push(wrong("spec.clusterIPs[0]", listAt(spec, "clusterIPs").slice(0, 1), "may not change once set"));
  }
  return errors;
};

const addressFits: Readonly<Record<string, (address: string) => boolean>> = {
  IPv4: isIPv4,
  IPv6: isIPv6,
  FQDN: () => true,
};

const endpointSlice: Rule = (object, old) => {
  const errors: FieldError[] = [];
  const type = object["addressType"];
  if (type === undefined || type === "") errors.push(required("addressType"));
  else errors.push(...oneOf("addressType", type, ["FQDN", "IPv4", "IPv6"]));
  const endpoints = objectsAt(object, "endpoints");
  if (endpoints.length > 1000)
    errors.push({ path: "endpoints", type: "TooMany", detail: "must have at most 1000 items" });
  endpoints.forEach((endpoint, index) => {
    const addresses = listAt(endpoint, "addresses");
    const path = `endpoints[${index}].addresses`;
    if (addresses.length === 0) errors.push(required(path, "must contain at least 1 address"));
    if (addresses.length > 100) errors.push({ path, type: "TooMany", detail: "must have at most 100 items" });
    addresses.forEach((address, position) => {
      const fits = addressFits[shown(type)];
      if (fits && !fits(shown(address)))
        errors.push(wrong(`${path}[${position}]`, address, `must be an ${shown(type)} address`));
    });
  });
  const names = new Set<Json | undefined>();
  objectsAt(object, "ports").forEach((port, index) => {
    const name = port["name"];
    if (names.has(name)) errors.push(duplicate(`ports[${index}].name`, name));
    names.add(name);
    errors.push(...oneOf(`ports[${index}].protocol`, port["protocol"], protocols));
    if (port["port"] !== undefined) errors.push(...portErrors(`ports[${index}].port`, port["port"]));
  });
  if (old) errors.push(...immutable("addressType", type, old["addressType"]));
  return errors;
};

const keyText = /^[-._a-zA-Z0-9]{1,253}$/;
const data: Rule = (object, old) => {
  const errors: FieldError[] = [];
  for (const part of ["data", "binaryData"]) {
    for (const key of Object.keys(objectAt(object, part) ?? {})) {
      if (!keyText.test(key))
        errors.push(
          wrong(
            `${part}[${key}]`,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        );
    }
    if (old?.["immutable"] === true && !equal(object[part], old[part]))
      errors.push(refused(part, "field is immutable when `immutable` is set"));
  }
  if (old?.["immutable"] === true && object["immutable"] !== true)
    errors.push(refused("immutable", "field is immutable when `immutable` is set"));
  return errors;
};

const secret: Rule = (object, old) => [
  ...data(object, old),
  ...(old ? immutable("type", object["type"], old["type"]) : []),
];

const event: Rule = (object) => {
  const involved = stringAt(object, "involvedObject", "namespace");
  const namespace = stringAt(object, "metadata", "namespace");
  if (involved === undefined ? namespace === "default" : involved === namespace) return [];
  return [wrong("involvedObject.namespace", involved ?? "", "does not match event.namespace")];
};

const lease: Rule = (object) => {
  const seconds = at(object, "spec", "leaseDurationSeconds");
  return typeof seconds === "number" && seconds <= 0
    ? [wrong("spec.leaseDurationSeconds", seconds, "must be greater than 0")]
    : [];
};

export const rulesOf: Readonly<Record<string, Rule>> = {
  CustomResourceDefinition: definitionErrors,
  Pod: podErrors,
  Deployment: deployment,
  ReplicaSet: workload,
  Service: service,
  EndpointSlice: endpointSlice,
  ConfigMap: data,
  Secret: secret,
  Event: event,
  Lease: lease,
};
