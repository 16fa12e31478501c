import { operatorCrd } from "@headgate/api";
import { defaultPodRouteSettings } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Client } from "@headgate/kube";
import { startApiServer } from "@headgate/local";
import { operator } from "@headgate/operator";
import type { Operator } from "@headgate/operator";
import { parse } from "yaml";
import { expect, vi } from "vitest";

export const patience = { timeout: 60_000, interval: 20 };

/** An API server, and Operators served on it when asked for. */
export interface Stage {
  readonly client: Client;
  readonly warnings: { readonly fields: object; readonly message: string }[];
  /** The samples of pipelines, as the operator that was served last shows them. */
  measured(): Promise<readonly string[]>;
  /** Begins to serve Operators; gives what ends it. */
  serve(): () => Promise<void>;
  create(yaml: string): Promise<KubeObject>;
  get(ref: ObjectRef): Promise<KubeObject>;
  /** Undefined when it is not there. */
  find(ref: ObjectRef): Promise<KubeObject | undefined>;
  patch(ref: ObjectRef, patch: object): Promise<void>;
  /** The Ready condition of a controller and its last errors. */
  controller(
    operatorName: string,
    name: string,
  ): Promise<{ readonly ready: string; readonly lastErrors: readonly string[] }>;
  /** Waits until a controller's Ready is `Status/Reason`. */
  isReady(operatorName: string, name: string, ready?: string): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(options: { readonly crd?: boolean } = {}): Promise<Stage> {
  const server = await startApiServer({});
  const client = connect({ server: server.url });
  const stops: (() => Promise<void>)[] = [];
  let serving: Operator | undefined;
  const warnings: { fields: object; message: string }[] = [];
  if (options.crd !== false) await client.create(operatorCrd);
  const find = async (ref: ObjectRef): Promise<KubeObject | undefined> => {
    try {
      return await client.get(ref);
    } catch {
      return undefined;
    }
  };
  const controller: Stage["controller"] = async (operatorName, name) => {
    const object = await client.get(operatorRef(operatorName));
    const { controllers = [] } = (object.status ?? {}) as {
      controllers?: { name: string; conditions: { status: string; reason: string }[]; lastErrors: string[] }[];
    };
    const found = controllers.find((one) => one.name === name);
    const condition = found?.conditions[0];
    return {
      ready: `${condition?.status ?? "none"}/${condition?.reason ?? "none"}`,
      lastErrors: found?.lastErrors ?? [],
    };
  };
  return {
    client,
    warnings,
    measured: async () => {
      const page = (await serving?.metrics.registry.metrics()) ?? "";
      return page.split("\n").filter((line) => line.startsWith("headgate_pipeline_"));
    },
    serve: () => {
      const running = operator({
        client,
        settings: defaultPodRouteSettings,
        parts: { pipelines: true },
        log: {
          info: () => undefined,
          warn: (fields, message) => warnings.push({ fields, message }),
          error: () => undefined,
        },
      });
      serving = running;
      const abort = new AbortController();
      const done = running.run(abort.signal);
      const stop = async (): Promise<void> => {
        abort.abort();
        await done;
      };
      stops.push(stop);
      return stop;
    },
    create: (yaml) => client.create(parse(yaml) as KubeObject),
    get: (ref) => client.get(ref),
    find,
    patch: async (ref, patch) => {
      await client.patch(ref, patch, { type: "merge" });
    },
    controller,
    isReady: async (operatorName, name, ready = "True/Ready") => {
      await vi.waitFor(async () => {
        expect((await controller(operatorName, name)).ready).toBe(ready);
      }, patience);
    },
    close: async () => {
      for (const stop of stops) await stop();
      await client.close();
      await server.close();
    },
  };
}

export function operatorRef(name: string): ObjectRef {
  return { apiVersion: "dcontroller.io/v1alpha1", kind: "Operator", name };
}

export function ref(apiVersion: string, kind: string, name: string): ObjectRef {
  return { apiVersion, kind, namespace: "default", name };
}
