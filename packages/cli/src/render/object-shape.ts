import { quote } from "@headgate/api";
import type { FieldPath } from "./field-path.ts";

/** What is wrong with a value that ought to be a Kubernetes object. */
export interface ShapeFault {
  readonly path: FieldPath;
  readonly message: string;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isName: Check = (value) => typeof value === "string" && value !== "";
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every fault in the parts of an object that all kinds share; what is left out may be filled in later. */
export function shapeFaults(value: unknown): readonly ShapeFault[] {
  if (!isMap(value)) return [{ path: [], message: `is ${quote(value)}; it must be a Kubernetes object` }];
  const faults: ShapeFault[] = [];
  const fault = (path: FieldPath, found: unknown, wanted: string): void => {
    const message =
      found === undefined ? `is missing; it must be ${wanted}` : `is ${quote(found)}; it must be ${wanted}`;
    faults.push({ path, message });
  };
  if (!isName(value["apiVersion"])) fault(["apiVersion"], value["apiVersion"], "a string such as v1");
  if (!isName(value["kind"])) fault(["kind"], value["kind"], "a string such as Pod");
  const { metadata } = value;
  if (!isMap(metadata)) fault(["metadata"], metadata, "an object with a name");
  else metadataFaults(metadata, fault);
  return faults;
}

type Fault = (path: FieldPath, found: unknown, wanted: string) => void;

function metadataFaults(metadata: Readonly<Record<string, unknown>>, fault: Fault): void {
  if (!isName(metadata["name"])) fault(["metadata", "name"], metadata["name"], "a string");
  for (const field of ["namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"]) {
    const found = metadata[field];
    if (found !== undefined && found !== null && !isName(found)) fault(["metadata", field], found, "a string");
  }
  for (const field of ["labels", "annotations"]) {
    const found = metadata[field];
    if (found === undefined || found === null) continue;
    if (!isMap(found)) fault(["metadata", field], found, "an object of strings");
    else {
      for (const [name, text] of Object.entries(found)) {
        if (!isText(text)) fault(["metadata", field, name], text, `a string: put it in quotes`);
      }
    }
  }
  for (const field of ["ownerReferences", "finalizers", "managedFields"]) listFaults(metadata, field, fault);
}

function listFaults(metadata: Readonly<Record<string, unknown>>, field: string, fault: Fault): void {
  const found = metadata[field];
  if (found === undefined || found === null) return;
  if (!Array.isArray(found)) {
    fault(["metadata", field], found, "a list");
    return;
  }
  const [right, wanted] = field === "finalizers" ? [isText, "a string"] : [isMap, "an object"];
  found.forEach((item: unknown, i) => {
    if (!right(item)) fault(["metadata", field, i], item, wanted);
    if (field !== "ownerReferences" || !isMap(item)) return;
    for (const part of ["apiVersion", "kind", "name", "uid"]) {
      if (!isName(item[part])) fault(["metadata", field, i, part], item[part], "a string");
    }
  });
}
