import type { KubeObject } from "@headgate/api";
import { refOf } from "@headgate/api";
import { expect } from "vitest";
import { deployment, isAlive, isReady, processOf } from "./objects.ts";
import type { World } from "./world.ts";
import { eventually } from "./world.ts";

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  readonly targetRef: { readonly name?: string; readonly uid?: string };
}

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
};

async function endpoints({ list }: World): Promise<readonly Endpoint[]> {
  const slices = await list("discovery.k8s.io/v1", "EndpointSlice");
  return slices.flatMap((slice) => (slice as KubeObject & { endpoints?: readonly Endpoint[] | null }).endpoints ?? []);
}

const conditions = (ready: boolean, serving: boolean, terminating: boolean) => ({ ready, serving, terminating });

export const endpointStories: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "an EndpointSlice says which pods are ready, and which still serve while they end": async (world) => {
    await world.create(service);
    await world.create(deployment("web", { env: { ECHO_DRAIN: "80s" }, pod: { terminationGracePeriodSeconds: 90 } }));
    /** Waits until the pod's endpoint is so; `undefined`: until it is gone. */
    const said = (uid: string | undefined, wanted: Endpoint["conditions"] | undefined): Promise<unknown> =>
      eventually(async () => {
        const found = (await endpoints(world)).find(({ targetRef }) => targetRef.uid === uid);
        if (wanted === undefined || found === undefined) return wanted === found;
        return Object.entries(wanted).every(([name, value]) => found.conditions[name as keyof typeof wanted] === value);
      });
    const pod = await eventually(async () => (await world.pods("app=web")).find(isReady));
    const { uid } = pod.metadata;
    await said(uid, conditions(true, true, false));
    const [endpoint] = await endpoints(world);
    expect(endpoint?.addresses).toEqual([pod.status?.podIP]);
    await world.ask(pod, "/admin/ready?value=false", { method: "POST" });
    await said(uid, conditions(false, false, false));
    await world.ask(pod, "/admin/ready?value=true", { method: "POST" });
    await said(uid, conditions(true, true, false));
    await world.client.delete(refOf(pod));
    await said(uid, conditions(false, true, true));
    // Nobody waits for it to stop by itself.
    process.kill(processOf(pod), "SIGKILL");
    await said(uid, undefined);
    // The pod itself may still be there, with its last words.
    expect(isAlive(processOf(pod))).toBe(false);
  },
};
