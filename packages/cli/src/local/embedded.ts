import { startLocalCluster } from "@headgate/local";
import type { Addressing, Images } from "@headgate/local";
import { proxy } from "@headgate/proxy";
import type { Logger } from "pino";

import { host } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";

export interface EmbeddedOptions {
  readonly port: number;
  readonly images?: Images;
  readonly processes: boolean;
  readonly addressing?: Addressing;
  readonly portOffset: number;
  readonly log: Logger;
}

/** The stand-in API server, its controllers and its node in this process, with Headgate's own proxy as the gateway. */
export async function startEmbedded({ log, portOffset, ...options }: EmbeddedOptions): Promise<Cluster> {
  const cluster = await startLocalCluster({
    port: options.port,
    runner: {
      processes: options.processes,
      ...(options.addressing !== undefined && { addressing: options.addressing }),
      ...(options.images !== undefined && { images: options.images }),
    },
    onError: (error, about) => {
      log.warn({ about, error: String(error) }, "local cluster, trying again");
    },
  });
  return {
    title: "an embedded cluster",
    url: cluster.url,
    kubeconfig: cluster.kubeconfig,
    access: { server: cluster.url },
    gateway: `http://${host}:${String(80 + portOffset)}`,
    gatewayNote: `Gateway ports below 1024 are at port + ${String(portOffset)}`,
    places: {},
    runners: (client) => [
      proxy(client, {
        bindAddress: host,
        portOffset,
        reach: cluster.reach,
        onError: (error) => {
          log.warn({ code: error.code, error: error.message }, "proxy's watch failed, trying again");
        },
      }),
    ],
    close: () => cluster.close(),
  };
}
