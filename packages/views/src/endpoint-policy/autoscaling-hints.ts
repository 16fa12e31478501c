import { quote } from "@headgate/api";
import { fields, list, text } from "../read/index.ts";
import type { EndpointCase } from "./case.ts";
import { podTemplate } from "./pod-template.ts";

/**
 * Why an endpoint's autoscaler may not get to work. A utilisation is a share of what the containers request; that one requests nothing is
 * no fault, since the namespace may have a LimitRange that sets it.
 */
export function autoscalingHints({ policy, endpoint, model }: EndpointCase): readonly string[] {
  const { hpa } = endpoint;
  if (hpa === undefined) return [];
  const containers = list(podTemplate(endpoint, policy.app.name, {}, model).spec["containers"]).map(fields);
  const hint = (target: string, resource: string): readonly string[] => {
    const without = containers.filter((container) => {
      const { requests, limits } = fields(container["resources"]);
      return fields(requests)[resource] === undefined && fields(limits)[resource] === undefined;
    });
    if (without.length === 0) return [];
    const names = without.map(({ name }) => quote(text(name) ?? "")).join(", ");
    return [`hpa.${target} is a share of the ${resource} request, and container ${names} has none of its own`];
  };
  return [
    ...(hpa.cpuTarget === undefined ? [] : hint("cpuTarget", "cpu")),
    ...(hpa.memoryTarget === undefined ? [] : hint("memoryTarget", "memory")),
  ];
}
