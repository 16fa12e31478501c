import { resourceTypes } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { reflect, untilAborted } from "@headgate/kube";
import type { Client, Runner } from "@headgate/kube";
import { forward } from "@headgate/local";
import type { Listening } from "@headgate/local";

import { host } from "../cluster.ts";

export interface GatewayPortsOptions {
  /** Of the dialer in the other network namespace. */
  readonly socket: string;
  /** Where listeners are over there: at this address, at their port plus this. */
  readonly listeners: { readonly host: string; readonly portOffset: number };
  /** Added to ports below 1024 on this side. */
  readonly portOffset: number;
  /** Undefined: every Gateway is served. */
  readonly only?: { readonly namespace: string; readonly name: string };
  readonly onError: (error: unknown, about: string) => void;
}

/** The API server has seen to it that it is one. */
type Gateway = KubeObject & { readonly spec: { readonly listeners: readonly { readonly port: number }[] } };

/** Opens, on 127.0.0.1, the ports that Gateways ask for, and closes them when nobody does any more. */
export function gatewayPorts(client: Client, options: GatewayPortsOptions): Runner {
  const gateways = new Map<string, Gateway>();
  const open = new Map<number, Listening>();
  let work = Promise.resolve();
  const keep = (gateway: KubeObject): void => {
    const { namespace, name, uid = "" } = gateway.metadata;
    const { only } = options;
    if (only === undefined || (only.namespace === namespace && only.name === name))
      gateways.set(uid, gateway as Gateway);
  };
  const settle = async (): Promise<void> => {
    const wanted = new Set([...gateways.values()].flatMap(({ spec }) => spec.listeners.map(({ port }) => port)));
    for (const [port, listening] of open) {
      if (wanted.has(port)) continue;
      open.delete(port);
      await listening.close();
    }
    for (const port of wanted) {
      if (open.has(port)) continue;
      const here = { host, port: port < 1024 ? port + options.portOffset : port };
      const there = { host: options.listeners.host, port: port + options.listeners.portOffset };
      try {
        open.set(port, await forward(options.socket, here, there));
      } catch (error) {
        options.onError(error, `listener port ${String(port)}`);
      }
    }
  };
  const soon = (): void => {
    work = work.then(settle);
  };
  const changes = {
    replace: (objects: readonly KubeObject[]): void => {
      gateways.clear();
      objects.forEach(keep);
      soon();
    },
    upsert: (object: KubeObject): void => {
      keep(object);
      soon();
    },
    remove: ({ metadata }: KubeObject): void => {
      gateways.delete(metadata.uid ?? "");
      soon();
    },
  };
  const watch = reflect(client, { type: resourceTypes.Gateway }, changes, {
    onError: (error) => {
      options.onError(error, "Gateways");
    },
  });
  return {
    name: "gateway ports",
    run: async (signal) => {
      try {
        await watch.run(signal);
        await untilAborted(signal);
      } finally {
        gateways.clear();
        soon();
        await work;
      }
    },
  };
}
