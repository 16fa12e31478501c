import type { KubeObject } from "@headgate/api";
import { connect, systemClock } from "@headgate/kube";
import type { Client, Clock } from "@headgate/kube";
import { fakeClock } from "@headgate/testkit";
import type { FakeClock } from "@headgate/testkit";
import { onTestFinished } from "vitest";

import { parsePipelines } from "../src/index.ts";
import type { HybridPipelines, LoadOptions, Runner, ViewEvent } from "../src/index.ts";

/** The sizes that ConfigMaps speak of, each under the ConfigMap's name. */
export const sizes = `
controllers:
  - name: sizes
    sources:
      - apiGroup: ""
        kind: ConfigMap
    pipeline:
      - "@select": { "@exists": $.data.size }
      - "@project":
          metadata: { name: $.metadata.name, namespace: $.metadata.namespace }
          size: $.data.size
    target:
      kind: Size
`;

export interface Size {
  readonly size: string;
}

export function sizePipelines(options?: LoadOptions): HybridPipelines {
  return parsePipelines(sizes, options);
}

export function configMap(name: string, size?: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: size === undefined ? {} : { size },
  };
}

/** An event in a few letters: `+a=1`, `~a=2`, `-a=2`. */
export function told({ type, name, object }: ViewEvent<Size>): string {
  return `${type === "Added" ? "+" : type === "Updated" ? "~" : "-"}${name}=${object.size}`;
}

/** Time that a test moves, and chance that always gives the middle. */
export function virtualClock(): { readonly time: FakeClock; readonly clock: Clock } {
  const time = fakeClock();
  const now = (): number => time.now();
  return { time, clock: { now, elapsed: now, after: (ms, fire) => time.after(ms, fire), random: () => 0.5 } };
}

/** Lets everything that promises alone can do be done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => systemClock.after(0, resolve));
}

/** Runs until the returned function is called, or the test is done. */
export function running(runner: Runner): () => Promise<void> {
  const stop = new AbortController();
  const run = runner.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await run;
  };
  onTestFinished(end);
  return end;
}

/** A client that is closed when the test is done. */
export function clientOf(url: string): Client {
  const client = connect({ server: url }, { timeoutMs: 2_000 });
  onTestFinished(() => client.close());
  return client;
}
