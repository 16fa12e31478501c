import { defaultPodRouteSettings } from "@headgate/api";
import { connect, supervise } from "@headgate/kube";
import { operator } from "@headgate/operator";
import type { PipelineParts } from "@headgate/operator";

import type { Cluster } from "./clusters.ts";

/** The operator in this process, which can be stopped and started again. */
export interface Headgate {
  /** Returns when it leads and knows the cluster, with what it then finds to do. */
  start(): Promise<Plan>;
  stop(): Promise<void>;
  /** How many objects it has written since its last start, failures included. */
  writes(): Promise<number>;
}

/** What a leader says of itself at the beginning. */
export interface Plan {
  readonly managedPods: number;
  readonly plannedWrites: number;
}

/** Not started yet. */
export function headgate({ access, election }: Cluster["operator"], parts: PipelineParts = {}): Headgate {
  let count = (): Promise<number> => Promise.resolve(0);
  let end = (): Promise<void> => Promise.resolve();
  return {
    async start() {
      const client = connect(access);
      const leading = Promise.withResolvers<Plan>();
      const log = {
        info: (fields: object, message: string) => {
          if (message === "leading") leading.resolve(fields as Plan);
        },
        warn: () => undefined,
        error: () => undefined,
      };
      const running = operator({ client, settings: defaultPodRouteSettings, parts, election, log });
      const stop = new AbortController();
      const ended = supervise([running], stop.signal);
      end = async () => {
        stop.abort();
        await ended;
        await client.close();
      };
      count = async () => {
        const metric = running.metrics.registry.getSingleMetric("controller_runtime_reconcile_total");
        return ((await metric?.get())?.values ?? []).reduce((sum, { value }) => sum + value, 0);
      };
      return leading.promise;
    },
    stop: () => end(),
    writes: () => count(),
  };
}
