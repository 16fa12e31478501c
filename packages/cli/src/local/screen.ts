import type { Pipeline } from "@headgate/operator";
import { untilAborted } from "@headgate/kube";
import type { Runner } from "@headgate/kube";

import { statusOf } from "../status-lines.ts";
import { page } from "./page.ts";
import type { Heading } from "./page.ts";

/** Where the screen is shown: a terminal, or something that keeps lines. */
export interface Display {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

const redrawMs = 100;

/**
 * Shows the state of the pipeline for as long as it runs: on a terminal one screen that is redrawn when something changes,
 * otherwise a line for each change.
 */
export function screen(pipeline: Pipeline, heading: Heading, display: Display): Runner {
  return { name: "screen", run: display.isTTY === true ? redrawn : printed };

  async function redrawn(signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const draw = (): void => {
      timer = undefined;
      const lines = page(heading, statusOf(pipeline), {
        rows: (display.rows ?? 40) - 1,
        columns: display.columns ?? 120,
      });
      display.write(`\x1b[H\x1b[J${lines.join("\n")}\n`);
    };
    const soon = (): void => {
      timer ??= setTimeout(draw, redrawMs);
    };
    draw();
    const stops = [pipeline.managed, pipeline.endpoints, pipeline.actions, pipeline.statuses, pipeline.notices].map(
      (part) => part.subscribe(soon),
    );
    display.on?.("resize", soon);
    await untilAborted(signal);
    display.off?.("resize", soon);
    clearTimeout(timer);
    for (const stop of stops) stop();
  }

  async function printed(signal: AbortSignal): Promise<void> {
    const line = (text: string): void => {
      display.write(`${text}\n`);
    };
    for (const text of [...heading.facts, ...(heading.tryOut.length === 0 ? [] : ["", ...heading.tryOut]), ""])
      line(text);
    const stops = [
      pipeline.managed.subscribe((changes) => {
        for (const { before, after } of changes) {
          const { pod, path, hostname } = after ?? before ?? {};
          line(
            `${pod?.namespace ?? ""}/${pod?.name ?? ""} at ${hostname ?? ""}${path ?? ""}: ${after?.state ?? "gone"}`,
          );
        }
      }),
      pipeline.endpoints.subscribe((changes) => {
        for (const { before, after } of changes) {
          const { policy, id } = after ?? before ?? {};
          const state = after === undefined ? "gone" : after.ready ? "ready" : after.messages.join("; ");
          line(`${policy?.namespace ?? ""}/${policy?.name ?? ""}, endpoint ${id ?? ""}: ${state}`);
        }
      }),
      pipeline.notices.subscribe((changes) => {
        for (const { after } of changes) {
          if (after?.type === "Warning")
            line(`${after.about.namespace ?? ""}/${after.about.name}: ${after.reason}: ${after.message}`);
        }
      }),
    ];
    await untilAborted(signal);
    for (const stop of stops) stop();
  }
}
