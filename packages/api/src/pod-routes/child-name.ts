import { hash } from "../hash.ts";
import { isServiceName } from "../syntax.ts";

const limit = 63;
const digest = 10;

/**
 * The name of a pod's children: the pod's own name where a Service may have it.
 *
 * Other pod names (with dots, beginning with a digit, or longer than 63) give a readable part and a hash of the whole name,
 * the same at every time and in every process.
 */
export function childName(podName: string): string {
  if (isServiceName(podName)) return podName;
  const letters = podName.replaceAll(/[^a-z0-9-]/g, "-").replace(/^(?=[^a-z])/, "pod-");
  const readable = letters.slice(0, limit - digest - 1).replace(/-+$/, "");
  return `${readable}-${hash(podName).slice(0, digest)}`;
}
