import { at, clone, equal, type JsonObject, objectAt, objectsAt, omit, stringAt } from "../json/json.ts";
import type { Check } from "./check.ts";

export const protocols: readonly string[] = ["SCTP", "TCP", "UDP"];
const handlers = ["exec", "httpGet", "tcpSocket", "grpc"];
const portName = /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/;

const checkProbe = (check: Check, probe: JsonObject, path: string, name: string): void => {
  const given = handlers.filter((handler) => probe[handler] !== undefined);
  check.required(path, given, "must specify a handler type");
  for (const extra of given.slice(1))
    check.forbid(true, `${path}.${extra}`, "may not specify more than 1 handler type");
  for (const timing of ["timeoutSeconds", "periodSeconds", "failureThreshold", "initialDelaySeconds"]) {
    check.atLeast(`${path}.${timing}`, probe[timing], 0);
  }
  const successes = probe["successThreshold"];
  check.wrong(name !== "readinessProbe" && successes !== 1, `${path}.successThreshold`, successes, "must be 1");
  for (const handler of given.filter((one) => one !== "exec")) {
    const port = at(probe, handler, "port");
    if (typeof port !== "string") check.port(`${path}.${handler}.port`, port);
  }
};

const checkContainer = (check: Check, container: JsonObject, path: string): void => {
  check.required(`${path}.name`, container["name"]);
  const name = stringAt(container, "name");
  if (name) check.name(`${path}.name`, name, "label");
  check.required(`${path}.image`, container["image"]);
  check.oneOf(`${path}.imagePullPolicy`, container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"]);
  const ports = objectsAt(container, "ports");
  for (const [index, port] of ports.entries()) {
    check.port(`${path}.ports[${index}].containerPort`, port["containerPort"]);
    check.oneOf(`${path}.ports[${index}].protocol`, port["protocol"], protocols);
    const detail = "must be no more than 15 lower case alphanumeric characters or '-', with at least one letter";
    const named = stringAt(port, "name") ?? "";
    check.wrong(named !== "" && !portName.test(named), `${path}.ports[${index}].name`, named, detail);
  }
  check.distinct(
    ports.map((port) => port["name"]),
    (index) => `${path}.ports[${index}].name`,
  );
  for (const [index, variable] of objectsAt(container, "env").entries()) {
    const both = Boolean(variable["value"]) && variable["valueFrom"] !== undefined;
    check.required(`${path}.env[${index}].name`, variable["name"]);
    check.wrong(both, `${path}.env[${index}].valueFrom`, "", "may not be specified when `value` is not empty");
  }
  for (const [index, mount] of objectsAt(container, "volumeMounts").entries()) {
    for (const member of ["name", "mountPath"])
      check.required(`${path}.volumeMounts[${index}].${member}`, mount[member]);
  }
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const found = objectAt(container, probe);
    if (found) checkProbe(check, found, `${path}.${probe}`, probe);
  }
};

export const checkPodSpec = (check: Check, spec: JsonObject | undefined, path: string): void => {
  check.required(`${path}.containers`, at(spec, "containers"));
  if (!spec) return;
  const volumes = objectsAt(spec, "volumes").map(({ name }) => name);
  volumes.forEach((name, index) => {
    check.required(`${path}.volumes[${index}].name`, name);
  });
  check.distinct(volumes, (index) => `${path}.volumes[${index}].name`);
  for (const list of ["initContainers", "containers"]) {
    const containers = objectsAt(spec, list);
    check.distinct(
      containers.map(({ name }) => name),
      (index) => `${path}.${list}[${index}].name`,
    );
    for (const [index, container] of containers.entries()) {
      const place = `${path}.${list}[${index}]`;
      checkContainer(check, container, place);
      for (const [position, { name }] of objectsAt(container, "volumeMounts").entries()) {
        const missing = {
          path: `${place}.volumeMounts[${position}].name`,
          type: "NotFound",
          value: name,
          detail: "",
        } as const;
        if (name !== undefined && !volumes.includes(name)) check.errors.push(missing);
      }
    }
  }
  check.oneOf(`${path}.restartPolicy`, spec["restartPolicy"], ["Always", "OnFailure", "Never"]);
  check.oneOf(`${path}.dnsPolicy`, spec["dnsPolicy"], ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]);
  check.atLeast(`${path}.terminationGracePeriodSeconds`, spec["terminationGracePeriodSeconds"], 0);
};

const changeable = ["activeDeadlineSeconds", "tolerations", "schedulingGates", "nodeName", "ephemeralContainers"];

/** The pod's spec without what may change: equal before and after an allowed update. */
const fixedPart = (spec: JsonObject | undefined): JsonObject => {
  const fixed = clone(omit(spec ?? {}, ...changeable));
  for (const container of [...objectsAt(fixed, "containers"), ...objectsAt(fixed, "initContainers")])
    delete container["image"];
  return fixed;
};

export const checkPod = (check: Check, pod: JsonObject, old: JsonObject | undefined): void => {
  const spec = objectAt(pod, "spec");
  checkPodSpec(check, spec, "spec");
  const before = objectAt(old, "spec");
  if (!before) return;
  const moved = before["nodeName"] !== undefined && spec?.["nodeName"] !== before["nodeName"];
  const detail =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
  check.forbid(moved || !equal(fixedPart(spec), fixedPart(before)), "spec", detail);
};
