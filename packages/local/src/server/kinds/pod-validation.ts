import type { FieldError } from "../../schema/index.ts";
import { at, clone, equal, type JsonObject, numberAt, objectAt, objectsAt, stringAt } from "../json/json.ts";
import { duplicate, nameErrors, oneOf, portErrors, refused, required, wrong } from "./field-rules.ts";

export const protocols: readonly string[] = ["SCTP", "TCP", "UDP"];
const handlers = ["exec", "httpGet", "tcpSocket", "grpc"];

const probeErrors = (probe: JsonObject, path: string, name: string): FieldError[] => {
  const errors: FieldError[] = [];
  const given = handlers.filter((handler) => probe[handler] !== undefined);
  if (given.length === 0) errors.push(required(path, "must specify a handler type"));
  for (const extra of given.slice(1))
    errors.push(refused(`${path}.${extra}`, "may not specify more than 1 handler type"));
  for (const timing of ["timeoutSeconds", "periodSeconds", "failureThreshold", "initialDelaySeconds"]) {
    const value = numberAt(probe, timing);
    if (value !== undefined && value < 0)
      errors.push(wrong(`${path}.${timing}`, value, "must be greater than or equal to 0"));
  }
  const successes = numberAt(probe, "successThreshold");
  if (name !== "readinessProbe" && successes !== undefined && successes !== 1)
    errors.push(wrong(`${path}.successThreshold`, successes, "must be 1"));
  for (const handler of ["httpGet", "tcpSocket", "grpc"]) {
    const port = at(probe, handler, "port");
    if (at(probe, handler) !== undefined && typeof port !== "string")
      errors.push(...portErrors(`${path}.${handler}.port`, port ?? 0));
  }
  return errors;
};

const containerErrors = (container: JsonObject, path: string, names: Set<string>): FieldError[] => {
  const errors: FieldError[] = [];
  const name = stringAt(container, "name");
  if (!name) errors.push(required(`${path}.name`));
  else {
    errors.push(...nameErrors(`${path}.name`, name, "label"));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
  }
  if (!stringAt(container, "image")) errors.push(required(`${path}.image`));
  errors.push(...oneOf(`${path}.imagePullPolicy`, container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"]));
  const portNames = new Set<string>();
  objectsAt(container, "ports").forEach((port, index) => {
    errors.push(
      ...portErrors(`${path}.ports[${index}].containerPort`, port["containerPort"]),
      ...oneOf(`${path}.ports[${index}].protocol`, port["protocol"], protocols),
    );
    const portName = stringAt(port, "name");
    if (portName === undefined || portName === "") return;
    if (!/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(portName)) {
      errors.push(
        wrong(
          `${path}.ports[${index}].name`,
          portName,
          "must be no more than 15 lower case alphanumeric characters or '-', with at least one letter",
        ),
      );
    }
    if (portNames.has(portName)) errors.push(duplicate(`${path}.ports[${index}].name`, portName));
    portNames.add(portName);
  });
  objectsAt(container, "env").forEach((variable, index) => {
    if (!stringAt(variable, "name")) errors.push(required(`${path}.env[${index}].name`));
    if (variable["value"] && variable["valueFrom"] !== undefined)
      errors.push(wrong(`${path}.env[${index}].valueFrom`, "", "may not be specified when `value` is not empty"));
  });
  objectsAt(container, "volumeMounts").forEach((mount, index) => {
    for (const member of ["name", "mountPath"])
      if (!mount[member]) errors.push(required(`${path}.volumeMounts[${index}].${member}`));
  });
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const found = objectAt(container, probe);
    if (found) errors.push(...probeErrors(found, `${path}.${probe}`, probe));
  }
  return errors;
};

export const podSpecErrors = (spec: JsonObject | undefined, path: string): FieldError[] => {
  if (!spec || objectsAt(spec, "containers").length === 0) return [required(`${path}.containers`)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const list of ["initContainers", "containers"]) {
    objectsAt(spec, list).forEach((container, index) =>
      errors.push(...containerErrors(container, `${path}.${list}[${index}]`, names)),
    );
  }
  const volumes = new Set<string>();
  objectsAt(spec, "volumes").forEach((volume, index) => {
    const name = stringAt(volume, "name") ?? "";
    if (name === "") errors.push(required(`${path}.volumes[${index}].name`));
    if (volumes.has(name)) errors.push(duplicate(`${path}.volumes[${index}].name`, name));
    volumes.add(name);
  });
  objectsAt(spec, "containers").forEach((container, index) => {
    objectsAt(container, "volumeMounts").forEach((mount, position) => {
      const name = stringAt(mount, "name") ?? "";
      if (name !== "" && !volumes.has(name)) {
        errors.push({
          path: `${path}.containers[${index}].volumeMounts[${position}].name`,
          type: "NotFound",
          value: name,
          detail: "",
        });
      }
    });
  });
  errors.push(...oneOf(`${path}.restartPolicy`, spec["restartPolicy"], ["Always", "OnFailure", "Never"]));
  errors.push(
    ...oneOf(`${path}.dnsPolicy`, spec["dnsPolicy"], ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
  );
  const grace = numberAt(spec, "terminationGracePeriodSeconds");
  if (grace !== undefined && grace < 0)
    errors.push(wrong(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than or equal to 0"));
  return errors;
};

/** The pod's spec without what may change: equal before and after an allowed update. */
const fixedPart = (spec: JsonObject | undefined): JsonObject => {
  const fixed = clone(spec) ?? {};
  for (const member of ["activeDeadlineSeconds", "tolerations", "schedulingGates", "nodeName", "ephemeralContainers"])
    Reflect.deleteProperty(fixed, member);
  for (const container of [...objectsAt(fixed, "containers"), ...objectsAt(fixed, "initContainers")])
    delete container["image"];
  return fixed;
};

export const podErrors = (pod: JsonObject, old: JsonObject | undefined): FieldError[] => {
  const spec = objectAt(pod, "spec");
  const errors = podSpecErrors(spec, "spec");
  if (!old) return errors;
  const before = objectAt(old, "spec");
  const moved = before?.["nodeName"] !== undefined && spec?.["nodeName"] !== before["nodeName"];
  if (moved || !equal(fixedPart(spec), fixedPart(before))) {
    errors.push(
      refused(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
      ),
    );
  }
  return errors;
};
