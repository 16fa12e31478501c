import type { Client } from "@headgate/kube";
import { makePod, podSpec } from "./churn.ts";

/** Makes so many pods that ask for a route and are ready, a few at a time. */
export async function makeCrowd(
  client: Client,
  { namespace, name, count }: { readonly namespace: string; readonly name: string; readonly count: number },
): Promise<void> {
  const labels = { "envoy-router/enabled": "true" };
  const make = (index: number): Promise<void> => {
    const metadata = { namespace, name: `${name}-${index}`, labels };
    const ip = `10.253.0.${index + 1}`;
    const status = { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions: [{ type: "Ready", status: "True" }] };
    return makePod(client, { apiVersion: "v1", kind: "Pod", metadata, spec: podSpec() }, status);
  };
  const left = Array.from({ length: count }, (_, index) => index).values();
  const hands = Array.from({ length: 8 }, async () => {
    for (const index of left) await make(index);
  });
  await Promise.all(hands);
}
