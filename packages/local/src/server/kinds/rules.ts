import { isIPv4, isIPv6 } from "node:net";
import type { FieldError } from "../../schema/index.ts";
import { at, clone, equal, type JsonObject, listAt, objectAt, objectsAt, omit, shown, stringAt } from "../json/json.ts";
import { checkDefinition } from "./definition-rules.ts";
import { changed, faults, forbidden, invalid, repeated, required } from "./faults.ts";
import { nameFault } from "./names.ts";
import type { Rule } from "./resource.ts";

const handlers = ["exec", "httpGet", "tcpSocket", "grpc"];
const probes = ["livenessProbe", "readinessProbe", "startupProbe"];

const checkContainer = (container: JsonObject, path: string, volumes: readonly unknown[]): FieldError[] => [
  ...probes.flatMap((name) => {
    const probe = objectAt(container, name);
    const given = handlers.filter((handler) => probe?.[handler] !== undefined).length;
    return faults(
      probe && given === 0 && required(`${path}.${name}`, "must specify a handler type"),
      given > 1 && forbidden(`${path}.${name}`, "may not specify more than 1 handler type"),
    );
  }),
  ...objectsAt(container, "volumeMounts").flatMap(({ name }, index): FieldError[] => {
    const place = `${path}.volumeMounts[${index}].name`;
    return volumes.includes(name) ? [] : [{ path: place, type: "NotFound", value: name, detail: "" }];
  }),
];

const checkPodSpec = (spec: JsonObject | undefined, path: string): FieldError[] => {
  const volumes = objectsAt(spec, "volumes").map(({ name }) => name);
  return [
    ...repeated(volumes, (index) => `${path}.volumes[${index}].name`),
    ...["initContainers", "containers"].flatMap((list) => {
      const containers = objectsAt(spec, list);
      const place = (index: number): string => `${path}.${list}[${index}]`;
      const names = containers.map(({ name }) => name);
      return [
        ...repeated(names, (index) => `${place(index)}.name`),
        ...containers.flatMap((container, index) => [
          ...faults(nameError(`${place(index)}.name`, stringAt(container, "name") ?? "")),
          ...checkContainer(container, place(index), volumes),
        ]),
      ];
    }),
  ];
};

const nameError = (path: string, name: string): FieldError | undefined => {
  const detail = name === "" ? undefined : nameFault(name, "label");
  return detail === undefined ? undefined : invalid(path, name, detail);
};

const changeable = ["activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers"];

/** The pod's spec without what may change: equal before and after an allowed update. */
const fixedPart = (spec: JsonObject | undefined): JsonObject => {
  const fixed = clone(omit(spec ?? {}, ...changeable));
  for (const container of [...objectsAt(fixed, "containers"), ...objectsAt(fixed, "initContainers")])
    delete container["image"];
  return fixed;
};

const pod: Rule = (object, old) => {
  const [spec, before] = [objectAt(object, "spec"), objectAt(old, "spec")];
  const node = before?.["nodeName"];
  const moved = node !== undefined && spec?.["nodeName"] !== node;
  const detail =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations`";
  return [
    ...checkPodSpec(spec, "spec"),
    ...faults(before && (moved || !equal(fixedPart(spec), fixedPart(before))) && forbidden("spec", detail)),
  ];
};

const workload: Rule = (object, old) => {
  const selector = objectAt(object, "spec", "selector");
  const wanted = Object.entries(objectAt(selector, "matchLabels") ?? {});
  const empty = wanted.length === 0 && listAt(selector, "matchExpressions").length === 0;
  const template = objectAt(object, "spec", "template");
  const labels = objectAt(template, "metadata", "labels");
  const missed = wanted.some(([key, value]) => labels?.[key] !== value);
  const policy = at(template, "spec", "restartPolicy");
  return [
    ...faults(
      empty && invalid("spec.selector", selector, "empty selector is invalid for deployment"),
      missed && invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"),
      policy !== "Always" && invalid("spec.template.spec.restartPolicy", policy, 'must be "Always"'),
    ),
    ...checkPodSpec(objectAt(template, "spec"), "spec.template.spec"),
    ...(old ? changed("spec.selector", selector, at(old, "spec", "selector")) : []),
  ];
};

const deployment: Rule = (object, old) => {
  const { type, rollingUpdate } = objectAt(object, "spec", "strategy") ?? {};
  const path = "spec.strategy.rollingUpdate";
  const none = ["maxSurge", "maxUnavailable"].every((name) => /^0%?$/.test(shown(at(rollingUpdate, name))));
  const detail = "may not be specified when strategy `type` is 'Recreate'";
  return [
    ...workload(object, old),
    ...faults(
      type === "Recreate" && rollingUpdate !== undefined && forbidden(path, detail),
      none && invalid(`${path}.maxUnavailable`, 0, "may not be 0 when `maxSurge` is 0"),
    ),
  ];
};

const service: Rule = (object, old) => {
  const spec = objectAt(object, "spec") ?? {};
  const external = spec["type"] === "ExternalName";
  const ports = objectsAt(spec, "ports");
  const before = stringAt(old, "spec", "type") === "ExternalName" ? "" : (stringAt(old, "spec", "clusterIP") ?? "");
  const moved = !external && before !== "" && before !== spec["clusterIP"];
  return [
    ...faults(
      external && !spec["externalName"] && required("spec.externalName"),
      !external && spec["clusterIP"] !== "None" && ports.length === 0 && required("spec.ports"),
      moved && invalid("spec.clusterIPs[0]", spec["clusterIP"], "may not change once set"),
    ),
    ...ports.flatMap(({ name }, index) =>
      faults(
        ports.length > 1 && !name && required(`spec.ports[${index}].name`),
        nameError(`spec.ports[${index}].name`, shown(name)),
      ),
    ),
    ...repeated(
      ports.map((port) => port["name"]),
      (index) => `spec.ports[${index}].name`,
    ),
    ...repeated(
      ports.map(({ port, protocol }) => ({ port, protocol })),
      (index) => `spec.ports[${index}]`,
    ),
  ];
};

const addressFits: Readonly<Record<string, (address: string) => boolean>> = { IPv4: isIPv4, IPv6: isIPv6 };

const endpointSlice: Rule = (object, old) => {
  const type = stringAt(object, "addressType") ?? "";
  const fits = addressFits[type] ?? (() => true);
  return [
    ...(old ? changed("addressType", type, old["addressType"]) : []),
    ...objectsAt(object, "endpoints").flatMap((endpoint, index) =>
      listAt(endpoint, "addresses").flatMap((address, position) => {
        const path = `endpoints[${index}].addresses[${position}]`;
        return faults(!fits(shown(address)) && invalid(path, address, `must be an ${type} address`));
      }),
    ),
  ];
};

const data: Rule = (object, old) => {
  const keys = ["data", "binaryData"].flatMap((part) =>
    Object.keys(objectAt(object, part) ?? {}).map((key) => [`${part}[${key}]`, key] as const),
  );
  const frozen = old?.["immutable"] === true ? ["data", "binaryData", "immutable"] : [];
  return [
    ...keys.flatMap(([path, key]) => {
      const detail = nameFault(key, "configKey");
      return faults(detail !== undefined && invalid(path, key, detail));
    }),
    ...frozen.flatMap((part) =>
      faults(!equal(object[part], old?.[part]) && forbidden(part, "field is immutable when `immutable` is set")),
    ),
  ];
};

const secret: Rule = (object, old) => [
  ...data(object, old),
  ...(old ? changed("type", object["type"], old["type"]) : []),
];

const event: Rule = (object) => {
  const involved = stringAt(object, "involvedObject", "namespace") ?? "default";
  const apart = involved !== stringAt(object, "metadata", "namespace");
  return faults(apart && invalid("involvedObject.namespace", involved, "does not match event.namespace"));
};

/** What the schemas of the built-in kinds can't say. */
export const rulesOf: Readonly<Record<string, Rule>> = {
  CustomResourceDefinition: checkDefinition,
  Pod: pod,
  Deployment: deployment,
  ReplicaSet: workload,
  Service: service,
  EndpointSlice: endpointSlice,
  ConfigMap: data,
  Secret: secret,
  Event: event,
};
