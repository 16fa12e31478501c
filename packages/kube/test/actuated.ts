/** An actuator at work on a scripted server, and what it is given to do. */
import type { Action, KubeObject } from "@headgate/api";
import type { FakeClock } from "@headgate/testkit";
import { onTestFinished } from "vitest";
import type { Actuator, ActuatorOptions, Result } from "../src/index.ts";
import { actuator } from "../src/index.ts";
import type { Received, Script } from "./scripted-server.ts";
import { answer, scriptedClient } from "./scripted-server.ts";
import { virtualClock } from "./virtual-clock.ts";

export const owner = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart", uid: "p1" };

export function child(kind: string, name: string, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  const apiVersion = kind === "HTTPRoute" ? "gateway.networking.k8s.io/v1" : "v1";
  return { apiVersion, kind, metadata: { namespace: "shop", name, ...more } };
}

export function apply(object: KubeObject, observed?: { uid: string; resourceVersion: string }): Action {
  return {
    do: "apply",
    desired: { controller: "pod-routes", owner, object },
    ...(observed === undefined ? {} : { observed }),
  };
}

export function remove(kind: string, name: string): Extract<Action, { do: "delete" }> {
  const { apiVersion } = child(kind, name);
  return {
    do: "delete",
    controller: "pod-routes",
    target: { apiVersion, kind, namespace: "shop", name, uid: `uid-${name}` },
  };
}

export async function actuated(
  script: Script,
  options: ActuatorOptions = {},
): Promise<{
  actions: Actuator;
  start: () => void;
  results: Result[];
  received: readonly Received[];
  time: FakeClock;
}> {
  const { time, clock } = virtualClock();
  const { client, received } = await scriptedClient(script);
  const results: Result[] = [];
  const actions = actuator(client, { clock, onResult: (result) => results.push(result), ...options });
  const stop = new AbortController();
  let run: Promise<void> | undefined;
  onTestFinished(async () => {
    stop.abort();
    await run;
  });
  const start = (): void => {
    run = actions.run(stop.signal);
  };
  return { actions, start, results, received, time };
}

/** Gives back what it is sent; whatever it is asked for is there, as u1 in version 5. */
export const echo: Script = ({ method, body }, response) => {
  const { metadata } = (body ?? { metadata: {} }) as KubeObject;
  const read = { name: "a", uid: "u1", resourceVersion: "5" };
  answer(response, 200, {
    apiVersion: "v1",
    kind: "X",
    metadata: method === "GET" ? read : { uid: "u1", ...metadata, resourceVersion: "9" },
  });
};

export const contentType = ({ headers }: Received): string => headers["content-type"] ?? "";

export const line = ({ method, path }: Received): string => `${method} ${path.split("/").slice(-2).join("/")}`;
