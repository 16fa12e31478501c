import type { Desired, KubeObject } from "@headgate/api";
import { fieldsOwned, record } from "./field-ownership.ts";

/**
 * Whether somebody put a port beside the one unnamed port of a Service, or gave it a name. An apply leaves both in place, as
 * fields of others; but Kubernetes refuses an unnamed port beside another one, and a named one is not that of our slices.
 *
 * A port that we applied ourselves goes with the next apply, so it does not count.
 */
export function isCrowded({ controller, object }: Desired, observed: KubeObject): boolean {
  const [only, ...more] = portsOf(object);
  if (object.kind !== "Service" || only === undefined || isNamed(only) || more.length > 0) return false;
  const others = portsOf(observed).filter((port) => isNamed(port) || port["port"] !== only["port"]);
  if (others.length === 0) return false;
  const ours = fieldsOwned(controller, observed).flatMap((tree) => {
    return Object.entries(record(record(tree["f:spec"])["f:ports"])).map(([step, fields]) => ({ step, fields }));
  });
  return others.some((port) => {
    const isIts = (step: string): boolean =>
      step.startsWith("k:") && record(JSON.parse(step.slice(2)))["port"] === port["port"];
    return !ours.some(({ step, fields }) => isIts(step) && (!isNamed(port) || "f:name" in record(fields)));
  });
}

function isNamed({ name = "" }: Readonly<Record<string, unknown>>): boolean {
  return name !== "";
}

function portsOf(object: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  const ports: unknown = record(object["spec"])["ports"];
  return Array.isArray(ports) ? ports.map(record) : [];
}
